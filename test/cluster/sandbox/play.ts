import { messageOf } from "../../../src/core/thrown.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { judge } from "../world/judge.ts";
import { openSandboxStage, type SandboxStage } from "./stage.ts";

/** One scenario of the real cluster on the in-process world: sentences about what is wrong, and its story. */
export interface Played {
  readonly problems: readonly string[];
  readonly story: readonly string[];
}

export async function playInSandbox(scenario: Scenario): Promise<Played> {
  const story: string[] = [];
  let stage: SandboxStage | undefined;
  try {
    stage = await openSandboxStage(scenario, (line) => story.push(line));
    await scenario.moves(stage.play);
    return { problems: await judge(scenario, stage), story };
  } catch (error) {
    return { problems: [messageOf(error)], story };
  } finally {
    await stage?.close().catch(() => {});
  }
}
