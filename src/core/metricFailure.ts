import type { MetricFailure } from "./signal.ts";

/**
 * Words by which an HPA's message tells the hops apart, in the order in which they count: a scaler's error may quote any
 * other text, but whoever says it has got an answer from the operator.
 * Source: client-go's `rest` and `errors` packages, KEDA's provider; each recorded on real components.
 */
const wordings: readonly (readonly [string, MetricFailure])[] = [
  ["error when getting metric values", "Scaler"],
  ["unable to return a response in the time allotted", "Timeout"],
  ["currently unable to handle the request", "Unavailable"],
  ["error trying to reach service", "Unavailable"],
];

const apiMarker = "external metrics API: ";
const label = /scaledobject\.keda\.sh\/name(?:: |=)([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)(?![-a-z0-9.])/;

/** What follows the marker is the API's own text; what stands before it are names that people chose. */
function apiText(message: string): string {
  const at = message.indexOf(apiMarker);
  return at < 0 ? message : message.slice(at + apiMarker.length);
}

/** The hop that failed, by the words of an HPA's event or condition. Total: unknown words are `Other`. */
export function metricFailureOf(message: string): MetricFailure {
  const text = apiText(message);
  return wordings.find(([words]) => text.includes(words))?.[1] ?? "Other";
}

/** Name of the ScaledObject behind a metric, from the selector that HPA messages quote. */
export const scaledObjectOf = (message: string): string | undefined => label.exec(message)?.[1];

/** True when a message is about an external metric: KEDA serves no others. */
export const isAboutExternalMetric = (message: string): boolean => message.includes("external metric");
