import type { WorkloadFacts } from "../evidence.ts";
import { formatDuration, seconds } from "../instant.ts";
import { reloadsCertificates } from "../version.ts";
import { type Answer, type Case, type CheckFamily, pass, skipped, stop } from "./check.ts";

const lookAgain = (c: Case, code: string, sentence: string): Answer =>
  stop({ code, disposition: "inProgress", lookAgainAt: c.now + seconds(15) }, sentence);

function notIssuing(c: Case): Answer {
  if (!c.evidence.issuance.seen) return skipped("No cert-manager Certificate behind the Secret was seen.");
  const { issuing, certificate, ready, message } = c.evidence.issuance.value;
  if (issuing)
    return lookAgain(
      c,
      "CertificateIssuing",
      `cert-manager is issuing Certificate ${certificate} right now: what we see may change within seconds.`,
    );
  return pass(ready ? `Certificate ${certificate} is Ready.` : `Certificate ${certificate} is not Ready: ${message}`);
}

/**
 * The Service for which OpenShift's service-ca writes the Secret. It writes only what it made itself, and no longer than
 * the Service asks for it; where the Secret was not read, the Service alone tells.
 */
function serviceCaFor({ material, layout }: Case): string | undefined {
  const asking = layout?.serviceCaFor ?? [];
  if (material?.from !== "Secret") return asking[0];
  const { serviceCa } = material;
  if (serviceCa === undefined || asking.includes(serviceCa)) return serviceCa;
  const seen = [layout?.serviceName, layout?.dialName].some((name) => name?.split(".")[0] === serviceCa);
  return seen ? undefined : serviceCa;
}

/** Everybody who is set up to write the Secret. */
function issuersOf(c: Case): readonly string[] {
  const { issuance } = c.evidence;
  const service = serviceCaFor(c);
  return [
    ...(issuance.seen ? [`Certificate ${issuance.value.certificate} of cert-manager`] : []),
    ...(c.operator?.rotatesCertificates === true
      ? [`KEDA's own rotation (--enable-cert-rotation of ${c.operator.name})`]
      : []),
    ...(service === undefined ? [] : [`OpenShift's service-ca (for Service ${service})`]),
  ];
}

/**
 * Two that both believe they own the Secret. KEDA's rotator finds no ca.key of its own in what cert-manager or service-ca
 * wrote, and writes anew; service-ca takes out ca.crt and issues anew what its own CA did not sign.
 */
function oneIssuer(c: Case): Answer {
  const issuers = issuersOf(c);
  if (issuers.length < 2) return pass("Not more than one issuer is known to write the Secret.");
  const all = `${issuers.join(" and ")} are ${issuers.length === 2 ? "both" : "all"} set up to write Secret ${c.layout?.secretName}`;
  const age = c.material === undefined ? undefined : c.now - c.material.writtenAt;
  if (age === undefined || age >= c.policy.stormWindow)
    return pass(`${all}; it has been quiet for ${age === undefined ? "an unknown time" : formatDuration(age)}.`);
  return stop(
    { code: "TwoIssuers", disposition: "incurable" },
    `${all}, and it was written ${formatDuration(age)} ago: whatever is restarted now holds what the other one replaces next. Leave it to one of them and switch the other off first.`,
  );
}

function rolloutStop(c: Case, workload: WorkloadFacts): Answer | undefined {
  if (workload.rollout === "stuck") {
    return stop(
      { code: "RolloutStuck", disposition: "incurable" },
      `The rollout of ${workload.name} exceeded its progress deadline: a further restart cannot help before it is repaired.`,
    );
  }
  if (workload.rollout === "running" && !workload.paused) {
    return lookAgain(
      c,
      "RolloutInProgress",
      `${workload.name} is rolling out, or one of its Pods is not available yet: how that ends decides what is left to do.`,
    );
  }
  return undefined;
}

function noRollout(c: Case): Answer {
  const workloads = [c.operator, c.metricsApiserver].filter((w): w is WorkloadFacts => w !== undefined);
  const stopped = workloads.map((w) => rolloutStop(c, w)).find((answer) => answer !== undefined);
  return stopped ?? pass("No rollout of KEDA is under way.");
}

function propagated(c: Case): Answer {
  if (c.material === undefined) return skipped("The Secret's certificates were not seen.");
  const age = c.now - c.material.writtenAt;
  const stalePossible = c.hopB.tlsFailing.length > 0;
  if (!stalePossible || age >= c.policy.propagation) return pass(`The Secret was written ${formatDuration(age)} ago.`);
  return stop(
    { code: "SecretPropagating", disposition: "inProgress", lookAgainAt: c.material.writtenAt + c.policy.propagation },
    `The Secret was written ${formatDuration(age)} ago; kubelet may take ${formatDuration(c.policy.propagation)} to bring it into running Pods.`,
  );
}

function reloaded(c: Case): Answer {
  const version = c.metricsApiserver?.version ?? c.operator?.version;
  const reloads = reloadsCertificates(version);
  if (reloads !== true)
    return skipped(
      reloads === false
        ? `KEDA ${version} loads hop B's certificates once, at start.`
        : "KEDA's version is not known: treated as one that loads certificates once.",
    );
  if (c.material === undefined) return skipped("The Secret's certificates were not seen.");
  const age = c.now - c.material.writtenAt;
  const moved = c.holdings.operator.some((s) => s.shows === "stale") || c.hopB.tlsFailing.length > 0;
  if (!moved || age >= c.policy.reloadDeadline)
    return pass(`KEDA ${version} reloads certificates by itself; the last rotation was ${formatDuration(age)} ago.`);
  return stop(
    { code: "ReloadPending", disposition: "inProgress", lookAgainAt: c.material.writtenAt + c.policy.reloadDeadline },
    `KEDA ${version} reloads hop B's certificates by itself: no restart before it had ${formatDuration(c.policy.reloadDeadline)} to do so.`,
  );
}

/** 2. Is something in progress? */
export const progress: CheckFamily = {
  checks: [
    { name: "NotIssuing", source: "cert-manager Certificate condition Issuing", run: notIssuing },
    {
      name: "OneIssuer",
      source:
        "open-policy-agent/cert-controller pkg/rotator: refreshes what has no valid ca.key; cert-manager issues anew when the Secret does not match; openshift/service-ca-operator pkg/controller/servingcert/controller/secret_{creating,updating}_controller.go; keda#5055",
      run: oneIssuer,
    },
    { name: "NoRollout", source: "Deployment status, read as kubectl rollout status does", run: noRollout },
    { name: "SecretPropagated", source: "kubelet syncFrequency 1m, jittered to 90 s", run: propagated },
    { name: "ReloadHadItsTime", source: "kedacore/keda#6756, released in v2.17.2", run: reloaded },
  ],
  reasons: {
    CertificateIssuing: {
      disposition: "inProgress",
      symptom: "cert-manager is issuing the certificate right now.",
      proof: "Condition Issuing=True of the Certificate.",
      cure: "Wait for it; if it does not end, look at its CertificateRequest.",
      whatWeDo: "Wait, at most ten minutes, then tell a person.",
    },
    TwoIssuers: {
      disposition: "incurable",
      symptom:
        "The Secret is written again and again: two of cert-manager, KEDA's own rotation and OpenShift's service-ca own it.",
      proof:
        "Two of: --enable-cert-rotation on the operator; a Certificate of cert-manager with that Secret; the annotations serving-cert-secret-name on a Service of KEDA and originating-service-name on the Secret. And a write within the last half hour.",
      cure: "With cert-manager: --enable-cert-rotation=false on the operator (chart: certificates.certManager.enabled). Without: delete the Certificate. On OpenShift: take service.beta.openshift.io/serving-cert-secret-name off KEDA's Service, it gives no ca.crt.",
      whatWeDo: "Refuse while the Secret changes; once it has been quiet for half an hour, judge as always.",
    },
    RolloutInProgress: {
      disposition: "inProgress",
      symptom: "A Deployment of KEDA is rolling out, or one of its Pods is not available yet.",
      proof: "Its status: updated, available and total replicas differ.",
      cure: "Let it finish: it may be the cure already.",
      whatWeDo: "Wait; two restarts at once help nobody.",
    },
    RolloutStuck: {
      disposition: "incurable",
      symptom: "A rollout of KEDA does not get on.",
      proof: "Condition Progressing=False, ProgressDeadlineExceeded.",
      cure: "Look at the new Pods: image, resources, quota, volume.",
      whatWeDo: "Refuse: another rollout would only stack up.",
    },
    SecretPropagating: {
      disposition: "inProgress",
      symptom: "The Secret was written seconds ago, and running Pods may not have the new files yet.",
      proof: "Time of the write in the Secret's managedFields or of the CertificateRequest.",
      cure: "Wait for kubelet.",
      whatWeDo: "Wait 90 s after the write before judging who is stale.",
    },
    ReloadPending: {
      disposition: "inProgress",
      symptom: "This KEDA reloads certificates without a restart and has not had the time yet.",
      proof: "Version >= 2.17.2 and a rotation less than five minutes ago.",
      cure: "None needed; if it does not happen (subPath mount, read error), a restart helps after all.",
      whatWeDo: "Wait five minutes; afterwards a pair that is still provably stale is treated like any other.",
    },
  },
};
