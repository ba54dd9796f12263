import { type CaseFile, workloadOf } from "./casefile.ts";
import type { Reason } from "./checks/check.ts";
import type { Decision, Target } from "./decision.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { WorkloadFacts } from "./evidence.ts";
import { grantedBefore, restartOnRecord } from "./history.ts";
import { days, formatDuration, formatInstant, hours, type Instant, minutes } from "./instant.ts";
import type { Policy } from "./policy.ts";

export interface GuardInput {
  readonly file: CaseFile;
  readonly diagnosis: Diagnosis;
  readonly targets: readonly Target[];
  readonly generation: string;
  readonly policy: Policy;
  readonly now: Instant;
}

/** A guard answers only when it stops the restart. */
export interface Guard {
  readonly name: string;
  readonly stop: (input: GuardInput) => Omit<Decision, "targets"> | undefined;
}

const stops = (kind: "wait" | "refuse" | "escalate", code: string, sentence: string, dueAt?: Instant) => ({
  kind,
  code,
  sentence,
  ...(dueAt === undefined ? {} : { dueAt }),
});

const workloads = ({ file, targets }: GuardInput) =>
  targets.map((t) => workloadOf(file.evidence, t.component)).filter((w) => w !== undefined);

function pausedByPerson(input: GuardInput) {
  const paused = workloads(input).find((w) => w.pausedByPerson !== undefined);
  if (paused === undefined) return undefined;
  return stops(
    "refuse",
    "PausedByAnnotation",
    `${paused.name} carries kedamedic.dev/paused ("${paused.pausedByPerson}"): a person said hands off. Remove the annotation to let us act.`,
  );
}

function deploymentPaused(input: GuardInput) {
  const paused = workloads(input).find((w) => w.paused);
  if (paused === undefined) return undefined;
  return stops(
    "refuse",
    "DeploymentPaused",
    `Deployment ${paused.name} is paused: a patch of its template would not roll. Run kubectl rollout resume first.`,
  );
}

function breakerOpen({ file, generation }: GuardInput) {
  if (!file.installation.breaker.includes(generation)) return undefined;
  return stops(
    "escalate",
    "BreakerOpen",
    "A restart for this generation of certificates did not bring the HPAs back: never a second try on the same evidence. A person must look.",
  );
}

/** When a target was restarted for this generation: as its Deployment shows, else as the incident or the installation remembers. */
function restartedAt({ file, generation }: GuardInput, workload: WorkloadFacts): Instant | undefined {
  if (workload.restartedFor === generation) return workload.restartedAt ?? 0;
  const { incident } = file;
  const step =
    incident?.generation === generation
      ? incident.plan?.steps.find((s) => s.component === workload.component)
      : undefined;
  if (step?.state === "performed") return step.performedAt ?? 0;
  return restartOnRecord(file.installation, generation, workload.component);
}

/** I2, with two memories: the Deployment's survives the loss of our store, ours that of the Deployment's annotations. */
function alreadyRestarted(input: GuardInput) {
  const done = workloads(input)
    .map((workload) => ({ name: workload.name, at: restartedAt(input, workload) }))
    .find(({ at }) => at !== undefined);
  if (done?.at === undefined) return undefined;
  const until = done.at + input.policy.verifyFor;
  if (input.now < until)
    return stops(
      "wait",
      "RestartUnderWay",
      `${done.name} was already restarted for this generation at ${formatInstant(done.at)}; its effect is being verified.`,
      until,
    );
  return stops(
    "escalate",
    "AlreadyRestarted",
    `${done.name} was already restarted for this generation and still does not work: a second restart cannot help.`,
  );
}

function stormBrake({ file, policy, now }: GuardInput) {
  const recent = file.installation.rotations.filter((at) => at > now - policy.stormWindow);
  if (recent.length < policy.stormGenerations) return undefined;
  const writers = [...new Set(file.installation.generations.flatMap((g) => g.writers))];
  const known = writers.length === 0 ? "" : ` (known to write it: ${writers.join(" and ")})`;
  return stops(
    "refuse",
    "StormBrake",
    `The Secret changed ${recent.length} times in ${formatDuration(policy.stormWindow)}: two writers fight over it${known}, or somebody tries things out. Stop one of them, or leave the Secret alone.`,
    now + policy.stormWindow,
  );
}

/** True when this very plan was granted before a crash: granted once is granted. */
const granted = ({ file, generation, targets }: GuardInput): boolean =>
  grantedBefore(
    file.installation,
    generation,
    targets.map((t) => t.component),
  );

function budget(input: GuardInput) {
  const recent = input.file.installation.reservations.filter((r) => r.at > input.now - hours(1));
  if (granted(input) || recent.length < input.policy.restartsPerHour) return undefined;
  return stops(
    "refuse",
    "BudgetSpent",
    `${recent.length} restarts were granted within the last hour, the budget is ${input.policy.restartsPerHour}: something keeps breaking, a person must look.`,
    (recent.at(-input.policy.restartsPerHour)?.at ?? input.now) + hours(1),
  );
}

function coolDown(input: GuardInput) {
  if (granted(input)) return undefined;
  const { reservations } = input.file.installation;
  const { coolDown: any, stuckCoolDown } = input.policy;
  const stuck =
    input.diagnosis.code === "GrpcStuckRestart" ? reservations.filter((r) => r.cause === "GrpcStuckRestart") : [];
  const until = Math.max(0, ...reservations.map((r) => r.at + any), ...stuck.map((r) => r.at + stuckCoolDown));
  if (input.now >= until) return undefined;
  const last = Math.max(...reservations.map((r) => r.at));
  return stops(
    "wait",
    "CoolDown",
    `The last restart was granted ${formatDuration(input.now - last)} ago: let it settle.`,
    until,
  );
}

const minuteOfDay = (at: Instant): number => Math.floor((at % days(1)) / minutes(1));

function outsideWindow({ policy, now }: GuardInput) {
  const window = policy.maintenanceWindow;
  if (window === undefined) return undefined;
  const minute = minuteOfDay(now);
  const inside =
    window.from <= window.to
      ? minute >= window.from && minute < window.to
      : minute >= window.from || minute < window.to;
  if (inside) return undefined;
  const until = ((window.from - minute + 1440) % 1440) * minutes(1);
  return stops(
    "wait",
    "OutsideMaintenanceWindow",
    `A restart is due, but only inside the maintenance window; it opens in ${formatDuration(until)}.`,
    now + until,
  );
}

/** In order. Asked before the first step of a plan only: a plan that has begun is finished. */
export const guards: readonly Guard[] = [
  { name: "PausedByPerson", stop: pausedByPerson },
  { name: "DeploymentPaused", stop: deploymentPaused },
  { name: "Breaker", stop: breakerOpen },
  { name: "OncePerGeneration", stop: alreadyRestarted },
  { name: "StormBrake", stop: stormBrake },
  { name: "Budget", stop: budget },
  { name: "CoolDown", stop: coolDown },
  { name: "MaintenanceWindow", stop: outsideWindow },
];

/** Waits that end by themselves, by a clock of their own or by a person's setting: no deadline turns them into an escalation. */
export const patientWaits: readonly string[] = [
  "CoolDown",
  "OutsideMaintenanceWindow",
  "RestartUnderWay",
  "PlanStepOne",
  "Verifying",
  "RecoverySeenOnce",
];

const guard = (symptom: string, cure: string, whatWeDo: string): Reason => ({
  disposition: "guard",
  symptom,
  proof: "Our own record, and the Deployment's annotations.",
  cure,
  whatWeDo,
});

export const guardReasons: Readonly<Record<string, Reason>> = {
  PausedByAnnotation: guard(
    "A target carries the annotation kedamedic.dev/paused.",
    "Remove the annotation.",
    "Refuse every restart of it.",
  ),
  DeploymentPaused: guard(
    "A target's rollout is paused.",
    "kubectl rollout resume.",
    "Refuse: the patch would not roll.",
  ),
  BreakerOpen: guard(
    "A restart for this generation did not help.",
    "Look at the record; a new generation closes the breaker.",
    "Escalate, never try again on the same evidence.",
  ),
  RestartUnderWay: guard(
    "The target was restarted for this generation minutes ago.",
    "Wait for verification.",
    "Wait.",
  ),
  AlreadyRestarted: guard(
    "The target was restarted for this generation long ago and is still stale by evidence.",
    "Look at its Pods by hand.",
    "Escalate.",
  ),
  StormBrake: guard(
    "The Secret changes again and again within minutes.",
    "Stop one of the writers named (GitOps against cert-manager, two issuers), or leave the Secret alone.",
    "Freeze until it is calm.",
  ),
  BudgetSpent: guard(
    "More restarts within an hour than the budget allows.",
    "Find what keeps breaking.",
    "Refuse until the hour is over.",
  ),
  CoolDown: guard("A restart was granted minutes ago.", "Wait.", "Wait until the cool-down is over."),
  OutsideMaintenanceWindow: guard(
    "A restart is due outside the maintenance window.",
    "Wait, or restart by hand.",
    "Wait for the window.",
  ),
};
