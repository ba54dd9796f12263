import { parseArgs } from "node:util";
import type { Name } from "./checks/invariant.ts";
import { brokenBy, play, type Result, runAll } from "./run.ts";

// Plays random histories and holds them against the invariants.
//   npm run properties -- --cases 100000 [--seed N] [--path P] [--only I3] [--output json]

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "2000" },
    seed: { type: "string" },
    path: { type: "string" },
    only: { type: "string" },
    output: { type: "string", default: "text" },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const seed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed);
const only = values.only as Name | undefined;
const json = values.output === "json";

function progress(done: number): void {
  if (!json && done % 1000 === 0) process.stderr.write(`${done} cases, seed ${seed}\n`);
}

function command({ seed: s, path }: { readonly seed: number; readonly path: string }): string {
  const part = only === undefined ? "" : ` --only ${only}`;
  return `npm run properties -- --seed ${s} --path "${path}" --cases 1${part}`;
}

async function text(result: Result): Promise<void> {
  const { coverage, counterexample, milliseconds } = result;
  for (const line of coverage.lines()) say(`  ${line}`);
  const each = (milliseconds / Math.max(1, coverage.cases)).toFixed(2);
  say(`${coverage.cases} cases, seed ${seed}, ${(milliseconds / 1000).toFixed(1)} s, ${each} ms a case`);
  if (counterexample === undefined) return;
  say(`\nCOUNTEREXAMPLE (seed ${counterexample.seed}, path ${counterexample.path})`);
  const again = brokenBy(await play(counterexample.made), only);
  for (const line of again.length > 0 ? again : counterexample.broken) say(`- ${line}`);
  say(JSON.stringify(counterexample.made, null, 1));
  say(`Replay: ${command(counterexample)}`);
}

const path = values.path === undefined ? {} : { path: values.path };
const result = await runAll({
  cases: Number(values.cases),
  seed,
  progress,
  ...path,
  ...(only === undefined ? {} : { only }),
});
const missing = result.counterexample === undefined && Number(values.cases) >= 2000 ? result.coverage.missing() : [];
if (json) {
  const { coverage, counterexample, milliseconds } = result;
  const replay = counterexample === undefined ? {} : { counterexample, replay: command(counterexample) };
  say(
    JSON.stringify({
      seed,
      cases: coverage.cases,
      milliseconds,
      states: Object.fromEntries(coverage.counts),
      missing,
      ...replay,
    }),
  );
} else {
  await text(result);
  for (const line of missing) say(`TOO FEW: ${line}`);
}
process.exit(result.counterexample === undefined && missing.length === 0 ? 0 : 1);
