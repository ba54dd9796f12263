import type { LoggedFailure } from "../evidence.ts";
import { seconds } from "../instant.ts";
import { isAboutExpiry, isOfARotation } from "../prediction.ts";
import { seenValue } from "../seen.ts";
import { hpaNames, isBehind, nameSome } from "../symptoms.ts";
import { type Answer, type Case, type CheckFamily, pass, skipped, stop, unknown, unseenStop } from "./check.ts";
import {
  cureOf,
  freshAndFailing,
  keyProved,
  predictedFailure,
  staleAdapters,
  staleOperators,
  visibleOperators,
} from "./stale.ts";

/** Asked only while TLS on hop B fails; `logged` is of the first Pod that says so. */
const whileFailing =
  (run: (c: Case, logged: LoggedFailure) => Answer) =>
  (c: Case): Answer => {
    const [first] = c.hopB.tlsFailing;
    return first === undefined ? skipped("No TLS failure on hop B to explain.") : run(c, first.failure);
  };

/** 6. The HPAs must show what a failing hop B shows; a log line alone is no outage. */
function symptomsAgree(c: Case, logged: LoggedFailure): Answer {
  const { hpas } = c.evidence;
  if (!hpas.seen) {
    return unseenStop(
      c,
      hpas,
      { code: "SymptomsUnseen", disposition: "unknown", logged: logged.text },
      `Hop B fails in TLS by the metrics-apiserver's log, but the HPAs could not be listed (${hpas.detail}): grant list on horizontalpodautoscalers.`,
    );
  }
  const failed = c.symptoms.timeout;
  const sampled = c.symptoms.complete ? "" : ` (a sample of ${c.symptoms.counted})`;
  if (failed.length > 0)
    return pass(
      `${failed.length} of ${c.symptoms.counted} HPAs of KEDA${sampled} fail with the 504 wording: ${nameSome(hpaNames(failed))}${scaledObjectsBeside(c)}.`,
    );
  return stop(
    { code: "SymptomNotYetSeen", disposition: "inProgress", lookAgainAt: c.now + seconds(15), logged: logged.text },
    "Hop B fails in TLS by the metrics-apiserver's log, but no HPA of KEDA fails with the 504 wording yet (it takes the 60 s request limit).",
  );
}

/** ScaledObjects stay Ready when hop B fails: the operator polls its sources itself. One that is not Ready fails on hop C as well. */
function scaledObjectsBeside(c: Case): string {
  const seen = seenValue(c.evidence.scaledObjects);
  if (seen === undefined) return "";
  const theirs = seen.filter((so) => c.symptoms.timeout.some((hpa) => isBehind(so, hpa)));
  const unready = theirs.filter((so) => so.ready === "False").map((so) => `${so.namespace}/${so.name}`);
  if (unready.length > 0) return `; ScaledObject ${nameSome(unready)} is not Ready: its source fails as well`;
  return theirs.length > 0 ? "; their ScaledObjects are Ready" : "";
}

/** 4. What does each operator Pod present now? */
function operatorProbed(c: Case, logged: LoggedFailure): Answer {
  const seen = visibleOperators(c);
  if (seen.length > 0)
    return pass(
      seen
        .map(
          (s) =>
            `${s.pod} presents ${s.shows === "current" ? "the Secret's leaf" : `another leaf (${s.presented.leaf.fingerprint.slice(0, 12)})`}`,
        )
        .join("; "),
    );
  const [first] = c.holdings.operator;
  const side =
    staleAdapters(c).length > 0
      ? "the metrics-apiserver (it started before the Secret was written)"
      : "the operator (the metrics-apiserver started after the Secret was written)";
  return stop(
    { code: "ProbeUnreachable", disposition: "unknown", logged: logged.text },
    `No operator Pod could be probed on :${c.layout?.dialPort} (${first?.shows === "unseen" ? first.detail : "no Pod is running"}), so which side is stale is not proved. By start times it is likely ${side}. Grant pods/portforward or run where Pod IPs are reachable.`,
  );
}

function notSafe(c: Case, logged: LoggedFailure): Answer {
  if (!visibleOperators(c).some((s) => s.shows === "acceptable"))
    return pass("No operator Pod presents an older leaf that the Secret's CA would verify.");
  if (staleOperators(c).length > 0) return unknown("Some operator Pods present an older leaf that still verifies.");
  const { result } = predictedFailure(c, logged).prediction;
  // A leaf in date that is refused as expired is refused by a pool whose CA has expired: that needs no history.
  const proved = result === "agrees" || (result === "noHistory" && isAboutExpiry(logged.text));
  if (proved && staleAdapters(c).length > 0)
    return pass("An operator Pod presents an older leaf that the Secret's CA verifies; the fault is the other side's.");
  return stop(
    { code: "SafeLeafButFailing", disposition: "unknown", logged: logged.text },
    `The operator presents an older leaf that the Secret's ca.crt verifies, and nothing that is known of the metrics-apiserver predicts "${logged.text}". The certificates do not explain it.`,
  );
}

/** A component that started after the write and fails all the same refutes "stale" as the cause. */
function freshOnesWork(c: Case, logged: LoggedFailure): Answer {
  const [fresh] = freshAndFailing(c);
  if (fresh === undefined || staleOperators(c).length > 0)
    return pass("No Pod that must hold the present certificates fails against another that shows them.");
  return stop(
    { code: "FreshPairFails", disposition: "unknown", logged: logged.text },
    `${fresh.pod.name} was created after the Secret was written and fails against an operator that presents the Secret's leaf: a restart would end the same.`,
  );
}

/** 5. Does the logged text equal what the certificates predict? */
function textPredicted(c: Case, first: LoggedFailure): Answer {
  const { logged, prediction } = predictedFailure(c, first);
  const contradicts = (expected: string, predicted: string | undefined): Answer =>
    stop(
      {
        code: "TextContradicts",
        disposition: "unknown",
        logged: logged.text,
        ...(predicted === undefined ? {} : { predicted }),
      },
      `The metrics-apiserver logged "${logged.text}", but ${expected}. The story does not fit; a person must look.`,
    );
  if (prediction.result === "contradicts")
    return contradicts(`the certificates predict ${prediction.predicted ?? "no failure at all"}`, prediction.predicted);
  if (prediction.result === "agrees")
    return pass(`The logged text is exactly what the certificates predict: ${prediction.predicted}`);
  if (!c.hopB.tlsFailing.every((p) => isOfARotation(p.failure.text)))
    return contradicts("no rotation of certificates causes that", undefined);
  return unknown(
    "No earlier generation of the certificates is known (installed in the middle of it?): the logged text was not predicted.",
  );
}

/** 7. Then: who is to be restarted. */
function staleSide(c: Case, first: LoggedFailure): Answer {
  const cure = cureOf(c, first);
  if (cure === undefined) {
    return stop(
      { code: "NobodyStale", disposition: "unknown", logged: first.text },
      `Hop B fails in TLS ("${first.text}"), but neither side holds anything older than the Secret: the evidence contradicts itself.`,
    );
  }
  const { logged, prediction } = predictedFailure(c, first);
  const targets = cure.stale
    .map((side) => (side.component === "operator" ? c.operator?.name : c.metricsApiserver?.name))
    .join(" then ");
  return stop(
    {
      code: cure.code,
      disposition: "curable",
      stale: cure.stale,
      logged: logged.text,
      ...(prediction.result === "agrees" ? { predicted: prediction.predicted } : {}),
      ...(keyProved(c) ? {} : { needsApproval: true }),
    },
    `${cure.sentence.charAt(0).toUpperCase()}${cure.sentence.slice(1)}; a restart helps: restart ${targets} only.`,
  );
}

const curable = (symptom: string, proof: string, cure: string) => ({
  disposition: "curable" as const,
  symptom,
  proof,
  cure,
  whatWeDo:
    "Restart exactly the stale side (both: operator first), once per generation, and prove that the HPAs recovered.",
});
const contradictory = (symptom: string, proof: string) => ({
  disposition: "unknown" as const,
  symptom,
  proof,
  cure: "Compare both sides' certificates and start times by hand; the record has all of it.",
  whatWeDo: "Escalate with the evidence, restart nothing.",
});

const grpc = "KEDA pkg/metricsservice/utils/tls.go: loaded once, at start (<= 2.17.1)";

/** 4-7. A certificate mismatch on hop B: who is stale? */
export const mismatch: CheckFamily = {
  checks: [
    {
      name: "SymptomsAgree",
      source: "kubernetes pkg/controller/podautoscaler: 504 wording after the 60 s request limit",
      run: whileFailing(symptomsAgree),
    },
    {
      name: "OperatorProbed",
      source: "TLS 1.3 handshake without a client key: the server shows its leaf before it judges the client",
      run: whileFailing(operatorProbed),
    },
    { name: "NotASafeRotation", source: "Go crypto/x509 verify.go", run: whileFailing(notSafe) },
    {
      name: "FreshOnesWork",
      source: "a new Pod mounts the Secret as it is now (kubelet)",
      run: whileFailing(freshOnesWork),
    },
    {
      name: "TextPredicted",
      source: "Go crypto/x509 verify.go: the hint names the old certificate",
      run: whileFailing(textPredicted),
    },
    { name: "StaleSideNamed", source: grpc, run: whileFailing(staleSide) },
  ],
  reasons: {
    MetricsApiserverStale: curable(
      "Every HPA of KEDA fails with FailedGetExternalMetric (504 wording) after a certificate rotation; KEDA says it is fine (keda#5683).",
      "The operator presents the Secret's leaf; the metrics-apiserver started before it was written and logs x509 failures about :9666; the text is the predicted one.",
      "KEDA >= 2.17.2 reloads by itself; privateKey.rotationPolicy Never or a CA issuer avoids the break.",
    ),
    MetricsApiserversMixed: curable(
      "Some requests work, some time out: one of several metrics-apiservers is fresh, the others are stale.",
      "Start times against the write of the Secret, and each Pod's own log.",
      "KEDA >= 2.17.2.",
    ),
    OperatorStale: curable(
      "Same HPA wording and the same bytes in the log, but it is the operator that still presents the old leaf.",
      "TLS probe of :9666 against the Secret.",
      "KEDA >= 2.17.2.",
    ),
    BothStale: curable(
      "Both sides hold earlier generations that do not fit each other.",
      "TLS probe and start times.",
      "KEDA >= 2.17.2.",
    ),
    ExpiredInMemory: curable(
      "A certificate that is still held in memory has expired, although the Secret has a new one.",
      "notAfter of what is presented or of the old CA against the logged time.",
      "KEDA >= 2.17.2, or restart KEDA within the overlap after each renewal.",
    ),
    SymptomNotYetSeen: {
      disposition: "inProgress",
      symptom: "The log shows x509 failures, the HPAs do not fail yet.",
      proof: "HPA conditions.",
      cure: "Wait for the request limit (60 s).",
      whatWeDo: "Wait until log and HPAs tell the same.",
    },
    SymptomsUnseen: contradictory(
      "Hop B fails by the log, the HPAs could not be listed.",
      "403 on horizontalpodautoscalers.",
    ),
    ProbeUnreachable: contradictory(
      "The operator's Pods could not be probed from where we run.",
      "Connection refused or timed out on Pod IP :9666, and no port-forward.",
    ),
    SafeLeafButFailing: contradictory(
      "Certificates that fit, and TLS that fails.",
      "Verification by Go's rules against the metrics-apiserver's log.",
    ),
    FreshPairFails: contradictory(
      "A fresh metrics-apiserver fails against a fresh operator.",
      "Creation times and its own log.",
    ),
    TextContradicts: contradictory(
      "The logged text is not the one that the certificates predict.",
      "Prediction by Go's rules from the last two generations.",
    ),
    NobodyStale: contradictory("TLS fails and nobody holds old certificates.", "Probes and start times."),
  },
};
