import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../src/core/thrown.ts";
import { type Manifests, manifestsOf } from "./medic/render.ts";
import type { Inside } from "./namespaces/enter.ts";
import { scenarios } from "./scenarios/all.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { type Figures, figuresOf } from "./world/figures.ts";
import { judge } from "./world/judge.ts";
import { type Records, recordsOf } from "./world/records.ts";
import { openStage, type Stage } from "./world/stage.ts";

/** What a run tells the process outside. */
export interface Result {
  readonly problems: readonly string[];
  readonly figures: Figures;
  /** What keda-medic decided; absent where the play broke off. */
  readonly records?: Records;
}

export const timing = { propagation: 5000, hpaPeriod: 5000 } as const;

/** One scenario in these namespaces: 0 when everything was as expected. */
export async function play(inside: Inside): Promise<number> {
  const scenario = scenarios.find(({ name }) => name === inside.words[0]);
  if (scenario === undefined) throw new Error(`no scenario ${inside.words[0]}`);
  const result = await run(scenario, inside, manifestsOf(inside.words[1]));
  process.send?.(result);
  // Let the message leave.
  await sleep(100);
  return result.problems.length === 0 ? 0 : 1;
}

async function run(scenario: Scenario, inside: Inside, manifests: Manifests): Promise<Result> {
  const began = performance.now();
  const say = (line: string): void => {
    const at = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`${scenario.name.padEnd(12)} ${at}  ${line}\n`);
  };
  let stage: Stage | undefined;
  try {
    const { folder, binaries, modules } = inside;
    const awsPackage = manifests === "lambda" ? inside.awsPackage : undefined;
    const { propagation, hpaPeriod } = timing;
    const options = { folder, binaries, modules, manifests, awsPackage, propagation, hpaPeriod: `${hpaPeriod}ms` };
    stage = await openStage(scenario, options, say);
    await scenario.moves(stage.play);
    const problems = await judge(scenario, stage);
    const figures = await figuresOf(stage, hpaPeriod);
    const records = recordsOf(await stage.written(), await stage.requests(), stage.witness.decisions);
    return { problems: [...problems, ...(await stage.finish())], figures, records };
  } catch (error) {
    return { problems: [messageOf(error)], figures: {} };
  } finally {
    await stage?.close().catch(() => {});
  }
}
