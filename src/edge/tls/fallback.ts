import { X509Certificate } from "node:crypto";
import type { Seen } from "../../core/seen.ts";
import type { Probe, ProbedChain, ProbeTarget } from "../../ports/probe.ts";

/** A certificate without the name that was asked for: perhaps a proxy between us and the Pod answered in its place. */
export function bySomebodyElse({ chain: [leaf] }: ProbedChain, serverName: string): boolean {
  try {
    return leaf !== undefined && new X509Certificate(leaf).checkHost(serverName) === undefined;
  } catch {
    return false;
  }
}

/** Where another path could lead to the same Pod. A peer that answered nonsense would do so on every path. */
const worthAnotherPath = (look: Seen<ProbedChain>, { serverName }: ProbeTarget): boolean =>
  look.seen ? bySomebodyElse(look.value, serverName) : look.reason === "Unreachable" || look.reason === "Timeout";

/** Probes directly, and by the second way (port-forward) where there is no path. When both fail it tells both stories. */
export const firstThat = (direct: Probe, second: Probe): Probe => ({
  async probe(target) {
    const first = await direct.probe(target);
    if (!worthAnotherPath(first, target)) return first;
    const other = await second.probe(target);
    if (other.seen || first.seen) return other.seen ? other : first;
    const reason = other.reason === "NotAsked" ? first.reason : other.reason;
    return { ...other, reason, detail: `${first.detail}; then ${other.detail}` };
  },
});
