import type { Environment, Problem } from "./read.ts";

/**
 * Variables that kubelet adds for a Service named `keda-medic...` (`KEDA_MEDIC_SERVICE_HOST`,
 * `KEDA_MEDIC_PORT=tcp://...`): nobody's typo.
 */
const isServiceLink = (name: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
  (name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value));

/** Edits (insert, delete, replace) from one word to the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

function nearest(name: string, known: readonly string[]): string {
  const ranked = known.map((other) => ({ other, far: distance(name, other) })).sort((a, b) => a.far - b.far);
  return ranked[0]?.other ?? "";
}

/** A variable with our prefix that we do not know is a typo, and a typo in a guard is an accident waiting. */
export function unknownVariables(env: Environment, known: ReadonlySet<string>): readonly Problem[] {
  const ours = Object.entries(env).filter(([name, value]) => name.startsWith("KEDA_MEDIC_") && value !== undefined);
  return ours
    .filter(([name, value]) => !known.has(name) && !isServiceLink(name, value ?? ""))
    .map(([variable]) => ({
      variable,
      problem: `is not known: did you mean ${nearest(variable.slice(0, 100), [...known])}? Otherwise unset it`,
    }));
}
