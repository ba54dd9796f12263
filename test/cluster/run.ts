import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compared, keep, type Pair } from "./compare.ts";
import { ctrlC } from "./ctrlC.ts";
import { exitCodes } from "./failure.ts";
import type { Manifests } from "./medic/render.ts";
import { enter } from "./namespaces/enter.ts";
import type { Result } from "./play.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { type Row, table } from "./table.ts";

/** Something to run: a scenario in namespaces, or the one about what is left of them. */
export interface Playable extends Pick<Scenario, "name" | "title" | "keda" | "eventing"> {
  /** Name of the scenario, where it is not the play's own. */
  readonly scenario?: string;
  /** As what keda-medic is installed, where it is not as the whole run says. */
  readonly manifests?: Manifests;
}

export const leavingNothing: Playable = {
  name: "ctrl-c",
  title: "Ctrl-C leaves no process, mount or folder behind",
  keda: "2.13.1",
};

export const recordingAgain: Playable = {
  name: "record",
  title: "a recording of the incident has everything that the committed one has",
  keda: "2.13.1",
};

export interface Prepared {
  readonly binaries: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, string>>;
  /** Folder of what is deployed to AWS, where a play is on Lambda. */
  readonly awsPackage?: string | undefined;
}

export interface Running {
  /** Plays side by side. */
  readonly jobs: number;
  /** Runs of each play. */
  readonly repeat: number;
  /** Where keda-medic's manifests come from. */
  readonly manifests: Manifests;
  /** Hosts whose decisions are compared when all is played, each scenario on both. */
  readonly compare?: { readonly scenarios: readonly string[]; readonly pair: Pair } | undefined;
}

async function playOne(played: Playable, prepared: Prepared, manifests: Manifests): Promise<Result> {
  if (played.name === leavingNothing.name) return { problems: await ctrlC(), figures: {} };
  if (played.name === recordingAgain.name) return { problems: await recordAgain(prepared), figures: {} };
  let result: Result = { problems: ["it ended without a result"], figures: {} };
  await enter(
    { ...prepared, task: "play", words: [played.scenario ?? played.name, played.manifests ?? manifests] },
    (message) => {
      result = message as Result;
    },
  );
  return result;
}

async function recordAgain(prepared: Prepared): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "keda-medic-recording-"));
  try {
    const code = await enter({ ...prepared, task: "record", words: [folder] });
    return code === 0 ? [] : ["parts of the committed recording are missing, see above"];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function row(played: Playable, prepared: Prepared, manifests: Manifests): Promise<Row> {
  process.stdout.write(`\n=== ${played.name}: ${played.title} (KEDA ${played.keda})\n`);
  const began = performance.now();
  const result = await playOne(played, prepared, manifests);
  const sentences = result.problems.map((problem) => `  FAILED ${played.name}: ${problem}\n`);
  process.stdout.write(sentences.join(""));
  if (result.records !== undefined) keep(played.name, result.records);
  return { played, result, seconds: (performance.now() - began) / 1000 };
}

/** Ctrl-C and an end from outside alike: what has not begun is not played any more. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Each in namespaces of its own. Ctrl-C ends the run; what was not played counts as failed. */
export async function runAll(playables: readonly Playable[], prepared: Prepared, running: Running): Promise<number> {
  // A copy of its own for every run of a play.
  const runs = playables.flatMap((one) => Array.from({ length: running.repeat }, () => ({ ...one })));
  const rows = new Map<Playable, Row>();
  const waiting = [...runs];
  for (const ending of endings) process.once(ending, () => waiting.splice(0));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      rows.set(next, await row(next, prepared, running.manifests));
  };
  await Promise.all(Array.from({ length: running.jobs }, work));
  const played = runs.flatMap((one) => rows.get(one) ?? []);
  const passed = played.filter(({ result }) => result.problems.length === 0).length;
  process.stdout.write(`\n${table(played)}\n`);
  const same = sayCompared(played, running);
  const [good, all] = [passed + same.good, runs.length + same.all];
  process.stdout.write(`\n${good} passed, ${all - good} failed\n`);
  return good === all ? exitCodes.ok : exitCodes.failed;
}

/** Every scenario that was played on two hosts counts once more. */
function sayCompared(
  rows: readonly Row[],
  { compare, manifests }: Running,
): { readonly good: number; readonly all: number } {
  const { scenarios = [], pair = ["knative", "lambda"] as const } = compare ?? {};
  const plays = rows.map(({ played, result }) => ({
    scenario: played.scenario ?? played.name,
    host: played.manifests ?? manifests,
    records: result.records,
  }));
  const results = scenarios.map((scenario) => compared(scenario, pair, plays));
  for (const { scenario, differences, count } of results) {
    const verdict = differences.length === 0 ? `the same (${count} records)` : "NOT the same";
    process.stdout.write(`\n${scenario} on ${pair.join(" and ")}: ${verdict}\n`);
    process.stdout.write(differences.map((sentence) => `  FAILED ${scenario}: ${sentence}\n`).join(""));
  }
  return { good: results.filter(({ differences }) => differences.length === 0).length, all: results.length };
}
