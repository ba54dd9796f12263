import { expect, test } from "@jest/globals";
import { runAll } from "./run.ts";

/** In CI every run is another one; a seed in the environment plays one again. */
const seed = Number(process.env["PROPERTIES_SEED"] ?? Math.trunc(Math.random() * 2 ** 31));
const count = Number(process.env["PROPERTIES_CASES"] ?? 2000);

test("no random history of events, crashes and other people's hands breaks an invariant", async () => {
  process.stdout.write(`properties: seed ${seed}, ${count} cases\n`);
  const { counterexample, coverage, milliseconds } = await runAll({ cases: count, seed });
  process.stdout.write(`properties: ${coverage.cases} cases in ${Math.round(milliseconds)} ms\n`);
  const replay = `npm run properties -- --seed ${seed} --path "${counterexample?.path}" --cases 1`;
  expect(counterexample === undefined ? [] : [...counterexample.broken, replay]).toEqual([]);
  expect(coverage.missing()).toEqual([]);
}, 600_000);
