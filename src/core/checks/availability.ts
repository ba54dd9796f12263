import type { PodFacts, Termination, WorkloadFacts } from "../evidence.ts";
import { formatDuration, minutes, seconds } from "../instant.ts";
import { type Answer, type Case, type CheckFamily, operatorStart, pass, stop, unknown } from "./check.ts";

const incurable = (code: string, sentence: string): Answer => stop({ code, disposition: "incurable" }, sentence);

/** A run that short is no OOM kill after weeks: an operator that has been killed now and then is not in a crash loop. */
const shortLife = minutes(2);
const shortLived = ({ startedAt, finishedAt }: Termination): boolean =>
  startedAt === undefined || finishedAt === undefined || finishedAt - startedAt < shortLife;

/** A crash loop as kubelet reports it, or one that is visible by its restarts before kubelet backs off. */
function isCrashLooping({ waiting, ready, restarts, lastTermination }: PodFacts): boolean {
  if (waiting === "CrashLoopBackOff") return true;
  return !ready && restarts >= 3 && lastTermination !== undefined && shortLived(lastTermination);
}

function crashLoop(workload: WorkloadFacts): string | undefined {
  for (const pod of workload.pods) {
    if (isCrashLooping(pod) && !pod.deleting)
      return `${pod.name} restarted ${pod.restarts} times, last end: ${pod.lastTermination?.reason ?? "unknown"} (exit code ${pod.lastTermination?.exitCode ?? "?"})`;
  }
  return undefined;
}

const alive = (workload: WorkloadFacts): boolean =>
  workload.pods.some((pod) => !pod.deleting && pod.startedAt !== undefined);

function operatorUp(c: Case): Answer {
  const operator = c.operator;
  if (operator === undefined) return unknown("The operator's Deployment was not seen.");
  if (operator.replicas === 0)
    return incurable(
      "OperatorScaledToZero",
      `Deployment ${operator.name} is scaled to 0: there is no operator that could answer. Scale it up; certificates have no part in this.`,
    );
  const loop = crashLoop(operator);
  const memory = operator.memoryLimit === undefined ? "" : ` (memory limit ${operator.memoryLimit})`;
  if (loop !== undefined && !operator.pods.some((pod) => pod.ready)) {
    return incurable(
      "OperatorCrashLooping",
      `The operator does not stay up: ${loop}. Look at its last log and its memory${memory}; another restart cannot help.`,
    );
  }
  if (alive(operator)) return pass("An operator Pod is running.");
  return stop(
    { code: "OperatorNotRunning", disposition: "inProgress", lookAgainAt: c.now + seconds(15) },
    "No operator container is running at this moment.",
  );
}

function operatorLeads(c: Case): Answer {
  const { lease } = c.evidence;
  if (!lease.seen) return unknown(`The operator's lease was not seen (${lease.detail}).`);
  const { renewedAt, durationSeconds, holder } = lease.value;
  const late = c.now - renewedAt;
  if (late <= seconds(durationSeconds) + c.policy.clockSkew)
    return pass(`Lease operator.keda.sh is held by ${holder}.`);
  return stop(
    { code: "OperatorNotLeading", disposition: "inProgress", lookAgainAt: c.now + seconds(15) },
    `No operator leads: lease operator.keda.sh was last renewed ${formatDuration(late)} ago, and only the leader listens on :9666.`,
  );
}

function operatorListens(c: Case): Answer {
  const shows = c.holdings.operator;
  const refused = shows.length > 0 && shows.every((s) => s.shows === "unseen" && s.reason === "Unreachable");
  const newest = operatorStart(c);
  const age = c.now - newest;
  if (!refused || age >= c.policy.operatorSettle)
    return pass(`The operator has been running for ${formatDuration(age)}.`);
  return stop(
    { code: "OperatorStarting", disposition: "inProgress", lookAgainAt: newest + c.policy.operatorSettle },
    `The operator started ${formatDuration(age)} ago and does not listen on :9666 yet.`,
  );
}

function metricsApiserverUp(c: Case): Answer {
  const workload = c.metricsApiserver;
  if (workload === undefined) return unknown("The metrics-apiserver's Deployment was not seen.");
  if (workload.replicas === 0)
    return incurable(
      "MetricsApiserverScaledToZero",
      `Deployment ${workload.name} is scaled to 0: nothing answers external metrics. Scale it up.`,
    );
  const loop = crashLoop(workload);
  if (loop !== undefined && !workload.pods.some((pod) => pod.ready)) {
    return incurable(
      "MetricsApiserverCrashLooping",
      `The metrics-apiserver does not stay up: ${loop}. Look at its last log; another restart cannot help.`,
    );
  }
  if (alive(workload)) return pass("A metrics-apiserver Pod is running.");
  return stop(
    { code: "MetricsApiserverNotRunning", disposition: "inProgress", lookAgainAt: c.now + seconds(15) },
    "No metrics-apiserver container is running at this moment.",
  );
}

const waits = (symptom: string, proof: string) => ({
  disposition: "inProgress" as const,
  symptom,
  proof,
  cure: "Wait for it to start; if it does not, look at its Pod.",
  whatWeDo: "Wait, at most ten minutes, then tell a person.",
});

const down = (symptom: string, proof: string, cure: string) => ({
  disposition: "incurable" as const,
  symptom,
  proof,
  cure,
  whatWeDo: "Refuse: there is no mismatch to cure, and a restart of a component that cannot stay up changes nothing.",
});

/** 2. Are both sides there at all? */
export const availability: CheckFamily = {
  checks: [
    { name: "OperatorUp", source: "Pod status: waiting reason, restartCount, lastState.terminated", run: operatorUp },
    {
      name: "OperatorLeads",
      source: "KEDA cmd/operator: lease operator.keda.sh (15 s); only the leader listens on :9666",
      run: operatorLeads,
    },
    {
      name: "OperatorListens",
      source: "keda#5503 (36 s) and keda#6201 (69 s) of connection refused after a start",
      run: operatorListens,
    },
    { name: "MetricsApiserverUp", source: "Pod status", run: metricsApiserverUp },
  ],
  reasons: {
    OperatorScaledToZero: down(
      "The operator's Deployment has no replicas; HPAs show the same 504 wording as a certificate mismatch.",
      "spec.replicas is 0.",
      "Scale the operator up.",
    ),
    OperatorCrashLooping: down(
      "The operator restarts again and again, often OOMKilled.",
      "restartCount and lastState.terminated of its container.",
      "Raise its memory limit or repair what its last log names.",
    ),
    OperatorNotRunning: waits("No operator container is running.", "Pod status."),
    OperatorNotLeading: waits("No operator holds the lease.", "renewTime of lease operator.keda.sh."),
    OperatorStarting: waits(
      "The operator has just started and does not listen yet.",
      "Its start time, and a refused connection to :9666.",
    ),
    MetricsApiserverScaledToZero: down(
      "The metrics-apiserver's Deployment has no replicas.",
      "spec.replicas is 0.",
      "Scale it up.",
    ),
    MetricsApiserverCrashLooping: down(
      "The metrics-apiserver restarts again and again.",
      "restartCount and lastState.terminated.",
      "Repair what its last log names.",
    ),
    MetricsApiserverNotRunning: waits("No metrics-apiserver container is running.", "Pod status."),
  },
};
