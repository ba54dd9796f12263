import type { Patch } from "../ledger.ts";
import type { Truth } from "../model/truth.ts";
import type { History, Rule } from "./invariant.ts";
import { isSecondStep } from "./plan.ts";

/** What justifies a restart by how the world was made. */
function reason(patch: Patch, truth: Truth, second: boolean): boolean {
  const { component, policy } = patch;
  // Start times cannot tell what a Pod holds of a generation that came back; it is taken along, never restarted alone.
  const own = truth.workloads[component];
  const stale = own.stale || own.earlier;
  if (stale && truth.tlsFailing && truth.mismatch) return true;
  // Nothing but an unusable Secret or a person stops a plan that has begun.
  if (second && (stale || !own.running || own.startedBefore)) return true;
  if (stale && policy.restartOnLatent && (truth.mismatch || truth.expiredHeld)) return true;
  return truth.stuck && policy.restartOnStuckConnection && component === "metrics-apiserver";
}

function justified(history: History): readonly string[] {
  return history.ledger.patches().flatMap((patch) => {
    const second = isSecondStep(history, patch);
    const truths = [patch.truth, ...(patch.look === undefined ? [] : [patch.look.truth])];
    if (truths.some((truth) => reason(patch, truth, second))) return [];
    const { tlsFailing, mismatch, expiredHeld, stuck } = patch.truth;
    const facts = { stale: patch.truth.workloads[patch.component].stale, tlsFailing, mismatch, expiredHeld, stuck };
    return [`restarted ${patch.component} without proof: ${JSON.stringify(facts)}`];
  });
}

function stuckOncePerDay({ ledger }: History): readonly string[] {
  const all = ledger.of("installation").flatMap((e) => e.installation.reservations);
  const stuck = new Set(all.filter((r) => r.cause === "GrpcStuckRestart").map((r) => r.at));
  const forgot = ledger.of("forget").length;
  return stuck.size > 1 + forgot ? [`${stuck.size} restarts for a stuck connection within a day`] : [];
}

/** I3: no restart for inconsistent, unexpired safe, name mismatch, network, scaler or hop A causes. */
export const justifiedRules: readonly Rule[] = [
  {
    of: "I3",
    rule: "a component is never restarted without proof that it is stale and a restart helps",
    broken: justified,
  },
  { of: "I3", rule: "a stuck connection is answered once a day", broken: stuckOncePerDay },
];
