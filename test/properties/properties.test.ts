import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import type { Counterexample } from "./run.ts";

/** In CI every run is another one; a seed in the environment plays one again. */
const seed = process.env["PROPERTIES_SEED"] ?? String(Math.trunc(Math.random() * 2 ** 31));
const cases = process.env["PROPERTIES_CASES"] ?? "2000";

interface Told {
  readonly cases: number;
  readonly milliseconds: number;
  readonly missing: readonly string[];
  readonly counterexample?: Counterexample;
  readonly replay?: string;
}

/** In a process of its own: twice as fast as inside of jest, and what a person would run. */
function told(): Told {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const args = ["--no-warnings", main, "--cases", cases, "--seed", seed, "--output", "json"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const last = stdout.trim().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) throw new Error(`the run ended without a result: ${stderr.slice(-2000)}`);
  return JSON.parse(last);
}

test("no random history of events, crashes and other people's hands breaks an invariant", () => {
  process.stdout.write(`properties: seed ${seed}, ${cases} cases\n`);
  const { counterexample, replay, missing, milliseconds } = told();
  process.stdout.write(`properties: ${Math.round(milliseconds)} ms\n`);
  expect(counterexample === undefined ? [] : [...counterexample.broken, replay]).toEqual([]);
  expect(missing).toEqual([]);
}, 600_000);
