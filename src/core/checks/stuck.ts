import { servingSince } from "../hopB.ts";
import { formatDuration, seconds } from "../instant.ts";
import { seenValue } from "../seen.ts";
import { hpaNames, isBehind, nameSome } from "../symptoms.ts";
import { type Answer, type Case, type CheckFamily, pass, stop } from "./check.ts";
import { keyProved } from "./stale.ts";

/** The operator leads, is Ready, and its TLS is good: shown by a probe that got the Secret's leaf or one that it verifies. */
function operatorProvedGood(c: Case): boolean {
  const ready = c.operator?.pods.some((pod) => pod.ready && !pod.deleting) ?? false;
  const shows = c.holdings.operator.some((s) => s.shows === "current" || s.shows === "acceptable");
  return ready && shows && c.evidence.lease.seen;
}

const lastSuccess = (c: Case): number => Math.max(0, ...c.hopB.pods.map((p) => (p.state === "working" ? p.at : 0)));

/** How long both sides have been there, and no request got through: what was before is no stuck client. */
function failingFor(c: Case): number {
  const first = Math.min(...c.symptoms.timeout.map((hpa) => hpa.since));
  const adapters = (c.metricsApiserver?.pods ?? []).flatMap((pod) => (pod.deleting ? [] : [pod.startedAt ?? 0]));
  return c.now - Math.max(first, lastSuccess(c), servingSince(c.evidence), ...adapters);
}

/** What stands against a stuck client: hop A fails as well, a log was not read, or every source fails by itself. */
function otherReason(c: Case): string | undefined {
  const { unavailable, timeout } = c.symptoms;
  if (unavailable.length > 0) return `${nameSome(hpaNames(unavailable))} fail with the 503 of hop A`;
  const api = seenValue(c.evidence.apiService);
  if (api?.available === "False") return `the APIService is not Available (${api.reason}), which is hop A`;
  const unread = c.hopB.pods.filter((p) => p.state === "unseen").map((p) => p.pod);
  if (unread.length > 0) return `the log of ${nameSome(unread)} was not read`;
  const unready = (seenValue(c.evidence.scaledObjects) ?? []).filter((so) => so.ready === "False");
  const failByThemselves = timeout.every((hpa) => unready.some((so) => isBehind(so, hpa)));
  return failByThemselves ? "none of their ScaledObjects is Ready: the sources fail as well" : undefined;
}

function grpcNotStuck(c: Case): Answer {
  const failing = c.symptoms.timeout;
  if (failing.length === 0) return pass("No HPA of KEDA times out.");
  const who = nameSome(hpaNames(failing));
  const age = failingFor(c);
  if (age < c.policy.stuckAfter) {
    return stop(
      { code: "HopBSilent", disposition: "inProgress", lookAgainAt: c.now + seconds(30) },
      `${who} time out on hop B for ${formatDuration(age)}, and the metrics-apiserver's log gives no reason yet.`,
    );
  }
  const timedOut = `${who} time out on hop B for ${formatDuration(age)}`;
  const beside = otherReason(c);
  if (beside !== undefined)
    return stop({ code: "HopBUnexplained", disposition: "unknown" }, `${timedOut}, and ${beside}. A person must look.`);
  const sentence = `${timedOut} without any TLS or network error in the metrics-apiserver's log`;
  if (c.symptoms.working.length > 0) {
    return stop(
      { code: "HopBUnexplained", disposition: "unknown" },
      `${sentence}, while ${nameSome(hpaNames(c.symptoms.working))} get their metrics over the same hop: a slow source is as likely as a stuck client. A person must look.`,
    );
  }
  if (!operatorProvedGood(c)) {
    return stop(
      { code: "HopBUnexplained", disposition: "unknown" },
      `${sentence}, and the operator's side could not be proved good. A person must look.`,
    );
  }
  const pods = c.hopB.pods.filter((p) => p.state !== "working").map((p) => p.pod);
  const stale = [{ component: "metrics-apiserver" as const, pods }];
  const told = `${sentence}; the operator leads, is Ready and its TLS is good: a stuck gRPC client (keda#7251, #7874, #8211)`;
  if (!c.policy.restartOnStuckConnection) {
    return stop(
      { code: "GrpcStuck", disposition: "unknown" },
      `${told}. Policy restartOnStuckConnection is off: restart the metrics-apiserver by hand.`,
    );
  }
  return stop(
    { code: "GrpcStuckRestart", disposition: "curable", stale, ...(keyProved(c) ? {} : { needsApproval: true }) },
    `${told}. Restart ${c.metricsApiserver?.name} only.`,
  );
}

/** Hop B times out without TLS and without network errors. */
export const stuck: CheckFamily = {
  checks: [{ name: "GrpcNotStuck", source: "keda#7251, keda#7874, keda#8211", run: grpcNotStuck }],
  reasons: {
    HopBSilent: {
      disposition: "inProgress",
      symptom: "HPAs time out, the metrics-apiserver's log gives no reason.",
      proof: "No failure about :9666 in the log.",
      cure: "Wait; gRPC logs its next attempt within 144 s.",
      whatWeDo: "Wait up to five minutes for a reason.",
    },
    HopBUnexplained: {
      disposition: "unknown",
      symptom: "HPAs time out for minutes, no log names a reason, and the operator could not be proved good.",
      proof: "What was seen, and what was not.",
      cure: "Look at the operator and at :9666 by hand.",
      whatWeDo: "Escalate with the evidence.",
    },
    GrpcStuck: {
      disposition: "unknown",
      symptom: "HPAs time out although operator, network and TLS are good: the gRPC client is stuck.",
      proof: "The operator leads, is Ready, its TLS is good, no success in the log for five minutes.",
      cure: "Restart the metrics-apiserver; KEDA >= 2.20.2 reconnects better.",
      whatWeDo: "Escalate; with policy restartOnStuckConnection restart the metrics-apiserver, at most once in 24 h.",
    },
    GrpcStuckRestart: {
      disposition: "curable",
      symptom: "As GrpcStuck, with policy restartOnStuckConnection on.",
      proof: "As GrpcStuck.",
      cure: "KEDA >= 2.20.2.",
      whatWeDo: "Restart the metrics-apiserver, at most once in 24 h.",
    },
  },
};
