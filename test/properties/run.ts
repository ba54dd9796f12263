import fc from "fast-check";
import { type Case, cases } from "./case.ts";
import type { History, Name } from "./checks/invariant.ts";
import { Coverage } from "./coverage.ts";
import { healAndWait, tellInAnyOrder } from "./ending.ts";
import { Play } from "./play.ts";
import { rules } from "./rules.ts";
import { Timers } from "./timers.ts";

export interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly path?: string;
  readonly only?: Name;
  readonly progress?: (done: number) => void;
}

export interface Counterexample {
  readonly broken: readonly string[];
  readonly seed: number;
  readonly path: string;
  readonly made: Case;
}

export interface Result {
  readonly seed: number;
  readonly coverage: Coverage;
  readonly milliseconds: number;
  readonly counterexample?: Counterexample;
}

/** Plays one case to its end; what the history breaks. */
export async function play(made: Case): Promise<History> {
  const timers = new Timers();
  const one = new Play(made, timers);
  timers.install(one.model.now);
  try {
    for (const step of [...made.prelude, ...made.steps]) await one.step(step);
    await tellInAnyOrder(one);
    await healAndWait(one);
  } finally {
    timers.restore();
  }
  return { ledger: one.ledger, setting: one.hosts.setting };
}

export const brokenBy = (history: History, only?: Name): readonly string[] =>
  rules
    .filter((rule) => only === undefined || rule.of === only)
    .flatMap((rule) => rule.broken(history).map((what) => `${rule.of} ${rule.rule}: ${what}`));

/** Plays random histories until one breaks an invariant, which is then made as small as it gets. */
export async function runAll({ cases: count, seed, path, only, progress }: Options): Promise<Result> {
  const coverage = new Coverage();
  const began = performance.now();
  let done = 0;
  let last: readonly string[] = [];
  const property = fc.asyncProperty(cases, async (made) => {
    const history = await play(made);
    coverage.count(history.ledger);
    done += 1;
    progress?.(done);
    const broken = brokenBy(history, only);
    if (broken.length > 0) last = broken;
    return broken.length === 0;
  });
  const limits = { numRuns: count, seed, endOnFailure: false, ...(path === undefined ? {} : { path }) };
  const details = await fc.check(property, limits);
  const milliseconds = performance.now() - began;
  if (!details.failed) return { seed, coverage, milliseconds };
  const made = details.counterexample?.[0] as Case;
  const thrown = details.errorInstance instanceof Error ? [String(details.errorInstance.stack)] : [];
  const counterexample = {
    broken: last.length > 0 ? last : thrown,
    seed,
    path: details.counterexamplePath ?? "",
    made,
  };
  return { seed, coverage, milliseconds, counterexample };
}
