import type { Seen, Unseen } from "../../core/seen.ts";
import type { Probe, ProbedChain } from "../../ports/probe.ts";

/** Where another path could lead to the same Pod. A peer that answered nonsense would do so on every path. */
const worthAnotherPath = (look: Seen<ProbedChain>): look is Unseen =>
  !look.seen && (look.reason === "Unreachable" || look.reason === "Timeout");

/** Probes directly, and by the second way (port-forward) where there is no path. When both fail it tells both stories. */
export const firstThat = (direct: Probe, second: Probe): Probe => ({
  async probe(target) {
    const first = await direct.probe(target);
    if (!worthAnotherPath(first)) return first;
    const other = await second.probe(target);
    if (other.seen) return other;
    const reason = other.reason === "NotAsked" ? first.reason : other.reason;
    return { ...other, reason, detail: `${first.detail}; then ${other.detail}` };
  },
});
