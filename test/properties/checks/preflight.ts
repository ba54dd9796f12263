import { seconds } from "../../../src/core/instant.ts";
import type { Patch } from "../ledger.ts";
import { guardOf } from "../model/writes.ts";
import type { History, Rule } from "./invariant.ts";
import { isSecondStep } from "./plan.ts";

/** Bad both when it looked and when it wrote: nobody can see what changes in between. */
const bad = (patch: Patch, is: (truth: Patch["truth"]) => boolean): boolean =>
  is(patch.truth) && (patch.look === undefined || is(patch.look.truth));

const each = (find: (patch: Patch, history: History) => string | undefined) => (history: History) =>
  history.ledger.patches().flatMap((patch) => find(patch, history) ?? []);

function guarded(patch: Patch): string | undefined {
  const told = patch.look?.told[patch.component];
  const guard = guardOf(patch.call);
  if (told === undefined) return `patched ${patch.component} without having looked at it`;
  if (guard?.uid !== told.uid) return `patched ${patch.component} for UID ${guard?.uid}, read was ${told.uid}`;
  if (guard.resourceVersion !== told.resourceVersion)
    return `patched ${patch.component} for another resourceVersion than was read`;
  return undefined;
}

const otherUid = (patch: Patch): string | undefined =>
  patch.look?.told[patch.component]?.uid === patch.truth.workloads[patch.component].uid
    ? undefined
    : `patched another ${patch.component} than the one that was looked at`;

const fresh = (patch: Patch): string | undefined =>
  patch.look !== undefined && patch.at - patch.look.at <= seconds(21)
    ? undefined
    : `patched ${patch.component} on a look that began ${(patch.at - (patch.look?.at ?? 0)) / 1000} s before`;

const secretUsable = (patch: Patch): string | undefined =>
  bad(patch, (truth) => !truth.usable) ? `restarted ${patch.component} while the Secret was not usable` : undefined;

function leftAlone(patch: Patch, history: History): string | undefined {
  const own = (truth: Patch["truth"]) => truth.workloads[patch.component];
  if (bad(patch, (t) => own(t).paused)) return `patched ${patch.component} although its Deployment is paused`;
  if (bad(patch, (t) => own(t).pausedByPerson)) return `patched ${patch.component} although a person said hands off`;
  const second = isSecondStep(history, patch);
  if (bad(patch, (t) => own(t).rolling) && !second)
    return `patched ${patch.component} in the middle of a rollout of it`;
  if (bad(patch, (t) => t.workloads.operator.rolling) && second)
    return "second step before the operator's rollout was complete";
  return undefined;
}

function inMode({ policy, component }: Patch): string | undefined {
  return policy.mode === "observe" ? `patched ${component} in mode observe` : undefined;
}

function inWindow(patch: Patch, history: History): string | undefined {
  const window = patch.policy.maintenanceWindow;
  if (window === undefined || isSecondStep(history, patch)) return undefined;
  const minute = Math.floor((patch.clock % 86_400_000) / 60_000);
  return minute >= window.from && minute < window.to
    ? undefined
    : `patched ${patch.component} outside the maintenance window`;
}

/** I1: every pre-flight check held on a fresh read, guarded by UID and resourceVersion. */
export const preflight: readonly Rule[] = [
  { of: "I1", rule: "guarded by the UID and resourceVersion that were read", broken: each(guarded) },
  { of: "I1", rule: "never another UID", broken: each(otherUid) },
  { of: "I1", rule: "on a fresh look", broken: each(fresh) },
  { of: "I1", rule: "only while the Secret is usable", broken: each(secretUsable) },
  { of: "I1", rule: "paused and rolling Deployments are left alone", broken: each(leftAlone) },
  { of: "I1", rule: "observe restarts nothing", broken: each(inMode) },
  { of: "I1", rule: "only in the maintenance window", broken: each(inWindow) },
];
