import { ctrlC } from "./ctrlC.ts";
import { exitCodes } from "./failure.ts";
import { enter } from "./namespaces/enter.ts";
import type { Result } from "./play.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** Something to run: a scenario in namespaces, or the one about what is left of them. */
export type Playable = Pick<Scenario, "name" | "title" | "keda">;

export const leavingNothing: Playable = {
  name: "ctrl-c",
  title: "Ctrl-C leaves no process, mount or folder behind",
  keda: "2.13.1",
};

interface Row {
  readonly played: Playable;
  readonly result: Result;
  readonly seconds: number;
}

interface Prepared {
  readonly binaries: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, string>>;
}

async function playOne(played: Playable, prepared: Prepared): Promise<Result> {
  if (played === leavingNothing) return { problems: await ctrlC(), figures: {} };
  let result: Result = { problems: ["it ended without a result"], figures: {} };
  await enter({ ...prepared, task: "play", words: [played.name] }, (message) => {
    result = message as Result;
  });
  return result;
}

async function row(played: Playable, prepared: Prepared): Promise<Row> {
  process.stdout.write(`\n=== ${played.name}: ${played.title} (KEDA ${played.keda})\n`);
  const began = performance.now();
  const result = await playOne(played, prepared);
  const sentences = result.problems.map((problem) => `  FAILED ${played.name}: ${problem}\n`);
  process.stdout.write(sentences.join(""));
  return { played, result, seconds: (performance.now() - began) / 1000 };
}

/** Each in namespaces of its own, `jobs` at a time. Ctrl-C ends the run; what was not played counts as failed. */
export async function runAll(all: readonly Playable[], prepared: Prepared, jobs: number): Promise<number> {
  const rows = new Map<Playable, Row>();
  const waiting = [...all];
  process.once("SIGINT", () => waiting.splice(0));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      rows.set(next, await row(next, prepared));
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const played = all.flatMap((one) => rows.get(one) ?? []);
  const passed = played.filter(({ result }) => result.problems.length === 0).length;
  process.stdout.write(`\n${table(played)}\n\n${passed} passed, ${all.length - passed} failed\n`);
  return passed === all.length ? exitCodes.ok : exitCodes.failed;
}

const cell = (value: number | undefined, width: number): string => (value?.toString() ?? "").padStart(width);

function table(rows: readonly Row[]): string {
  const head = "scenario       KEDA    result  took/s  symptom->patch/s  patch->healed/s  floor/s  requests  kB  title";
  const lines = rows.map(({ played, result, seconds }) => {
    const { toPatch, toHealed, floor, requests, kilobytes } = result.figures;
    const passed = result.problems.length === 0 ? "passed" : "FAILED";
    const left = `${played.name.padEnd(14)} ${played.keda.padEnd(7)} ${passed}  ${seconds.toFixed(0).padStart(6)}`;
    const figures = `${cell(toPatch, 16)}  ${cell(toHealed, 15)}  ${cell(floor, 7)}  ${cell(requests, 8)}  ${cell(kilobytes, 2)}`;
    return `${left}  ${figures}  ${played.title}`;
  });
  return [head, ...lines].join("\n");
}
