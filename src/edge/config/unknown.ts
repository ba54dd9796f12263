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

const prefix = "KEDA_MEDIC_";

/** As far as a typo goes: two swapped letters are two edits, and of a long name a third may be wrong. Farther off is no guess. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((other) => ({ other, far: distance(name, other) })).sort((a, b) => a.far - b.far);
  const farthest = Math.max(2, (name.length - prefix.length) / 3);
  return ranked.find(({ far }) => far <= farthest)?.other;
}

function problemOf(name: string, known: ReadonlySet<string>): string {
  const near = nearest(name.slice(0, 100), [...known]);
  return near === undefined ? "is not known: unset it" : `is not known: did you mean ${near}? Otherwise unset it`;
}

/** A variable with our prefix that we do not know is a typo, and a typo in a guard is an accident waiting. */
export function unknownVariables(env: Environment, known: ReadonlySet<string>): readonly Problem[] {
  const ours = Object.entries(env).filter(([name, value]) => name.startsWith(prefix) && value !== undefined);
  return ours
    .filter(([name, value]) => !known.has(name) && !isServiceLink(name, value ?? ""))
    .map(([variable]) => ({ variable, problem: problemOf(variable, known) }));
}
