import type { HpaFacts } from "../evidence.ts";
import { seenValue } from "../seen.ts";
import { hpaNames, nameSome } from "../symptoms.ts";
import { type Answer, type Case, type CheckFamily, pass, stop } from "./check.ts";

/** What the operator, or the metrics-apiserver itself, says when no ScaledObject stands behind a query. */
const aboutNoScaledObject: readonly RegExp[] = [
  /ScaledObject\.keda\.sh "[^"]*" not found/,
  /scaledObject name is not specified/,
  /scaledObject not found in the cache/,
  /no metrics found getting metricsArray/,
];

function scaledObjectKnown(c: Case): Answer {
  const failing = [...c.symptoms.scaler, ...c.symptoms.other];
  const orphans = failing.filter((hpa) => aboutNoScaledObject.some((words) => words.test(hpa.message)));
  const [first] = orphans;
  if (first === undefined) return pass("No HPA asks for a ScaledObject that KEDA does not know.");
  if (orphans.length < failing.length || c.hopB.tlsFailing.length > 0 || c.symptoms.timeout.length > 0)
    return pass(`${orphans.length} HPA(s) ask for a ScaledObject that KEDA does not know; others fail otherwise.`);
  return stop(
    { code: "ScaledObjectMisconfigured", disposition: "incurable" },
    `KEDA answered that it knows no ScaledObject or metric behind ${nameSome(hpaNames(orphans))}: ${first.message.slice(-200)} Delete the HPA if its ScaledObject is gone, or repair the ScaledObject.`,
  );
}

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
  const unready = seenValue(c.evidence.scaledObjects)?.find((so) => so.ready === "False");
  const words = unready === undefined ? "" : ` ScaledObject ${unready.namespace}/${unready.name}: ${unready.message}`;
  return stop(
    { code: "ScalerSourceFailing", disposition: "incurable" },
    `The operator answered, so hop B works; the source of ScaledObject ${nameSome(objects)} gives no metric.${words} Repair the trigger's source.`,
  );
}

/** KEDA < 2.15 panics at the request limit, and the stream breaks before the 504: hop B's own symptom in other words. */
const brokenStream = /stream error: .*INTERNAL_ERROR; received from peer/;

function otherWording(c: Case): Answer {
  const explained = ({ message }: HpaFacts): boolean => c.hopB.tlsFailing.length > 0 && brokenStream.test(message);
  const first = c.symptoms.other.find((hpa) => !explained(hpa));
  if (first === undefined || c.symptoms.timeout.length > 0) return pass("No HPA fails with an unknown wording alone.");
  return stop(
    { code: "OtherMetricFailure", disposition: "unknown" },
    `${first.namespace}/${first.name} fails in words that name none of the hops: ${first.message.slice(-200)}`,
  );
}

/** 3. Hop C: operator to the scaler's source. */
export const scaler: CheckFamily = {
  checks: [
    {
      name: "ScaledObjectKnown",
      source:
        "KEDA pkg/scaling/scale_handler.go and pkg/provider/provider.go (v2.9.3 to v2.20.2); keda#4088, keda#6337",
      run: scaledObjectKnown,
    },
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
    ScaledObjectMisconfigured: {
      disposition: "incurable",
      symptom:
        "HPAs ask for a ScaledObject that KEDA does not know: deleted, not named by the selector, or without that metric.",
      proof: "KEDA's own answer in the HPA's message; it came over a working hop B.",
      cure: "Delete the HPA that was left over, or repair the ScaledObject (its triggers, its formula).",
      whatWeDo: "Refuse: one object is wrong, not KEDA.",
    },
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
