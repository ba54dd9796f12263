import { type Duration, hours, minutes, seconds } from "./instant.ts";

/** What we may do with a decision; never another decision. */
export type Mode = "observe" | "approve" | "act";
export const modes: readonly Mode[] = ["observe", "approve", "act"];

/** Daily window in UTC in which restarts are allowed; minutes since midnight, `from` > `to` spans midnight. */
export interface MaintenanceWindow {
  readonly from: number;
  readonly to: number;
}

/** Every number that guards a decision. Defaults and where each comes from stand here and nowhere else. */
export interface Policy {
  readonly mode: Mode;
  readonly restartOnLatent: boolean;
  readonly restartOnStuckConnection: boolean;
  readonly endStalePodsEarly: boolean;
  readonly maintenanceWindow?: MaintenanceWindow;
  /** Longest wait for something in progress before a person is told. */
  readonly waitDeadline: Duration;
  /** How long a KEDA that reloads certificates by itself is left alone after a rotation. */
  readonly reloadDeadline: Duration;
  /** How long kubelet may take to bring a new Secret into running Pods. */
  readonly propagation: Duration;
  /** How long a leader may take to open :9666 after its container started. */
  readonly operatorSettle: Duration;
  /** How long hop A may say 503 after a rotation or a rollout before it is a failure of its own. */
  readonly hopASettle: Duration;
  /** A logged failure older than this says nothing about now. */
  readonly symptomFresh: Duration;
  /** No success for this long, with good TLS, is a stuck connection. */
  readonly stuckAfter: Duration;
  /** At most one restart for a stuck connection in this time. */
  readonly stuckCoolDown: Duration;
  /** Restart plans granted per installation and hour. */
  readonly restartsPerHour: number;
  readonly coolDown: Duration;
  /** This many generations within `stormWindow` freeze the installation. */
  readonly stormGenerations: number;
  readonly stormWindow: Duration;
  /** Verification fails no earlier than this after the rollout is complete. */
  readonly verifyFor: Duration;
  /** Recovery must be seen twice, this far apart. */
  readonly verifyTwice: Duration;
  /** Clocks of nodes, API server and ours may differ by this much. */
  readonly clockSkew: Duration;
  /** An approval is good for this long. */
  readonly approvalValid: Duration;
  /** How long an effect may go unacknowledged before sweep repeats it. */
  readonly effectRetry: Duration;
  /** One diagnosis per installation in this time, however many events. */
  readonly coalesce: Duration;
}

export const defaultPolicy: Policy = {
  // Somebody who installs us has not yet decided to trust us.
  mode: "observe",
  restartOnLatent: false,
  restartOnStuckConnection: false,
  endStalePodsEarly: false,
  // Design: a wait has an end, and the end is a person.
  waitDeadline: minutes(10),
  // KEDA >= 2.17.2 reloads on fsnotify within kubelet's 90 s; 5 min leaves room for its slowest path.
  reloadDeadline: minutes(5),
  // kubelet syncFrequency 1 m, jittered up to x1.5.
  propagation: seconds(90),
  // 36 s and 69 s of "connection refused" seen in keda#5503 and keda#6201: lease (15 s) plus certificates plus start.
  operatorSettle: seconds(90),
  // Measured: about 10 s until caBundle and :6443 agree; kube-apiserver re-reads served files every minute, the aggregator every 30 s.
  hopASettle: minutes(2),
  // gRPC retries at least every 144 s while somebody waits (120 s backoff x 1.2 jitter): two of them.
  symptomFresh: minutes(5),
  stuckAfter: minutes(5),
  stuckCoolDown: hours(24),
  // Safe-remediation practice: a person should see the fourth.
  restartsPerHour: 3,
  coolDown: minutes(15),
  // cert-manager re-issues once per renewal; four generations in half an hour is two writers fighting.
  stormGenerations: 4,
  stormWindow: minutes(30),
  // 30 s grace of a stale metrics-apiserver + 144 s gRPC backoff + 30 s aggregator resync + HPA periods.
  verifyFor: minutes(5),
  // One HPA sync period.
  verifyTwice: seconds(15),
  clockSkew: seconds(5),
  approvalValid: minutes(60),
  effectRetry: seconds(60),
  coalesce: seconds(10),
};
