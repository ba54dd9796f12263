import type { Layout } from "../core/evidence.ts";
import type { Signal } from "../core/signal.ts";

/** Names of an installation that this process has resolved, so that a foreign event costs no look-up at all. */
export type KnownNames = Pick<Layout, "namespace" | "secretName" | "operator" | "metricsApiserver">;

const ofKeda = (name: string, known: KnownNames): boolean =>
  [known.operator, known.metricsApiserver].some(
    (deployment) => name === deployment || name.startsWith(`${deployment}-`),
  );

/**
 * Whether a signal can be about this installation at all. A HPA's 503 wording is a wake-up too: it is judged, and it
 * is never hop B. Temporary Secrets (`<certificate>-<random>`) come and go with every issuance and start nothing.
 */
export function isRelevant(signal: Signal, known: KnownNames | undefined): boolean {
  switch (signal.kind) {
    case "MetricFailed":
      return signal.scaledObject !== undefined || signal.hpa.startsWith("keda-hpa-");
    case "SecretChanged":
      return known === undefined || (signal.namespace === known.namespace && signal.name === known.secretName);
    case "CertificateChanged":
      return known === undefined || signal.namespace === known.namespace;
    case "PodChanged":
    case "WorkloadChanged":
      return (
        known === undefined ||
        (signal.namespace === known.namespace && (ofKeda(signal.name, known) || signal.name === "operator.keda.sh"))
      );
    case "ScalerFailed":
    case "RestartReported":
    case "Tick":
      return true;
  }
}
