import { telemetry } from "../../../src/core/telemetry.ts";
import { plain, type SentSpan } from "../../edge/otel/collector.ts";

const { spans: names, attributes } = telemetry;

/** What a collector was sent. */
export interface Told {
  readonly spans: readonly SentSpan[];
  /** Every request's body as it came. */
  readonly bodies: readonly string[];
  /** Events come from sources that begin traces, as Knative's adapters do. keda-medic's own watches begin none. Default true. */
  readonly sourcesTrace?: boolean;
}

const known: ReadonlySet<string> = new Set(Object.values(attributes));
const attributesOf = (span: SentSpan): Readonly<Record<string, unknown>> => plain(span.attributes);

/**
 * The story of one healed incident, as CONTRACTS.md says it is told: one trace, and whatever began in another is linked to
 * it. What is missing, as sentences.
 */
export function storyMissing({ spans, sourcesTrace = true }: Told, incident: string): readonly string[] {
  const own = spans.filter((span) => attributesOf(span)[attributes.incident] === incident);
  const trace = largest(own);
  const apart = own.filter((span) => span.traceId !== trace && !linkedTo(span, trace));
  const whole = spans.filter(({ traceId }) => traceId === trace);
  return [
    ...(apart.length === 0 ? [] : [`${apart.length} spans of the incident are neither in its trace nor linked to it`]),
    ...steps(own),
    ...parts(whole),
    ...(!sourcesTrace || whole.some((span) => (span.links ?? []).some(({ traceId }) => traceId !== trace))
      ? []
      : ["no later event is linked to the incident's trace"]),
  ];
}

/** The trace that most of them are in. */
function largest(spans: readonly SentSpan[]): string {
  const counts = new Map<string, number>();
  for (const { traceId } of spans) counts.set(traceId, (counts.get(traceId) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? "";
}

const linkedTo = (span: SentSpan, trace: string): boolean =>
  (span.links ?? []).some(({ traceId }) => traceId === trace);

/** Looked, decided to restart, restarted, seen to have recovered. */
function steps(own: readonly SentSpan[]): readonly string[] {
  const wanted: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [names.respond, { [attributes.decision]: "restart", [attributes.phase]: "acting" }],
    [names.restart, { [attributes.restart]: "performed", [attributes.restartCode]: "Restarted" }],
    [names.respond, { [attributes.decisionCode]: "Recovered", [attributes.outcome]: "recovered" }],
  ];
  return wanted
    .filter(([name, values]) => !own.some((span) => span.name === name && holds(span, values)))
    .map(([name, values]) => `no span ${name} says ${JSON.stringify(values)}`);
}

const holds = (span: SentSpan, values: Readonly<Record<string, string>>): boolean =>
  Object.entries(values).every(([name, value]) => attributesOf(span)[name] === value);

/** Looking-up, deciding and performing are children of the answer to an event. */
function parts(whole: readonly SentSpan[]): readonly string[] {
  const parents = new Map(whole.map((span) => [span.spanId, span.name]));
  return [names.gather, names.commit, names.perform]
    .filter(
      (name) => !whole.some((span) => span.name === name && parents.get(span.parentSpanId ?? "") === names.respond),
    )
    .map((name) => `no span ${name} is a part of ${names.respond}`);
}

/** Whatever was told, in whichever incident: names that are a contract, and nothing that is secret. */
export function tellsTooMuch({ spans, bodies }: Told, secrets: readonly string[]): readonly string[] {
  const strange = new Set(spans.flatMap((span) => Object.keys(attributesOf(span)).filter((name) => !known.has(name))));
  const leaks = bodies.some(
    (body) => /PRIVATE KEY|\beyJ[\w-]{20,}\./.test(body) || secrets.some((s) => body.includes(s)),
  );
  return [
    ...[...strange].map((name) => `a span has the attribute ${name}, which is no contract`),
    ...(leaks ? ["secret material was sent to the collector"] : []),
  ];
}
