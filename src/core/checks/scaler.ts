import { seenValue } from "../seen.ts";
import { nameSome } from "../symptoms.ts";
import { type Answer, type Case, type CheckFamily, pass, stop } from "./check.ts";

function scalerAnswers(c: Case): Answer {
  const failing = c.symptoms.scaler;
  if (failing.length === 0) return pass("No HPA reports an error of a scaler's source.");
  if (c.hopB.tlsFailing.length > 0 || c.symptoms.timeout.length > 0) {
    return pass(
      `${failing.length} HPA(s) report a scaler's error beside others that time out: hop C is not the whole of it.`,
    );
  }
  const objects = failing.map(
    (hpa) => `${hpa.namespace}/${hpa.scaledObject ?? hpa.name}${hpa.metric === undefined ? "" : ` (${hpa.metric})`}`,
  );
  const unready = (seenValue(c.evidence.scaledObjects) ?? []).find((so) => so.ready === "False");
  const words = unready === undefined ? "" : ` ScaledObject ${unready.namespace}/${unready.name}: ${unready.message}`;
  return stop(
    { code: "ScalerSourceFailing", disposition: "incurable" },
    `The operator answered, so hop B works; the source of ScaledObject ${nameSome(objects)} gives no metric.${words} Repair the trigger's source.`,
  );
}

function otherWording(c: Case): Answer {
  const failing = c.symptoms.other;
  if (failing.length === 0 || c.symptoms.timeout.length > 0) return pass("No HPA fails with an unknown wording alone.");
  const first = failing[0];
  return stop(
    { code: "OtherMetricFailure", disposition: "unknown" },
    `${first?.namespace}/${first?.name} fails in words that name none of the hops: ${(first?.message ?? "").slice(-200)}`,
  );
}

/** 3. Hop C: operator to the scaler's source. */
export const scaler: CheckFamily = {
  checks: [
    {
      name: "ScalerSourceAnswers",
      source: "KEDA pkg/metricsservice/server.go: an `rpc error: code = Unknown` crossed hop B to get here",
      run: scalerAnswers,
    },
    {
      name: "WordingKnown",
      source: "kubernetes pkg/controller/podautoscaler; apimachinery errors.go",
      run: otherWording,
    },
  ],
  reasons: {
    ScalerSourceFailing: {
      disposition: "incurable",
      symptom: "HPAs of one source fail with `error when getting metric values`.",
      proof: "The text itself: it was sent by the operator over hop B.",
      cure: "Repair the trigger's source or its authentication.",
      whatWeDo: "Refuse: gRPC and certificates work.",
    },
    OtherMetricFailure: {
      disposition: "unknown",
      symptom: "An HPA of KEDA fails in words we do not know.",
      proof: "Its ScalingActive message.",
      cure: "Read the message; often quota, RBAC or another metrics provider.",
      whatWeDo: "Tell a person; never guess.",
    },
  },
};
