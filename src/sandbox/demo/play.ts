import type { Incident } from "../../core/incident.ts";
import { messageOf } from "../../core/thrown.ts";
import type { Passed } from "./broker.ts";
import type { Narrator } from "./narrator.ts";
import type { LogLine } from "./process.ts";
import type { Play, Scenario } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";

/** What the functions said, gathered from their logs and events while the play runs. */
class Witness {
  readonly decisions: string[] = [];
  readonly incidents: Pick<Incident, "phase" | "diagnosis" | "decision">[] = [];
  readonly #narrator: Narrator;
  #waiting: { code: string; resolve: () => void }[] = [];

  constructor(narrator: Narrator) {
    this.#narrator = narrator;
  }

  onLog(role: string, line: LogLine): void {
    const code = line["code"];
    if (line["severity"] === "ERROR")
      this.#narrator.tell("note", `${role}: ${line["message"]} ${line["reason"] ?? ""}`);
    if (typeof code !== "string") return;
    if (line["result"] === "performed") this.#narrator.tell("did", String(line["message"]));
    else if (line["result"] === "refused") this.#narrator.tell("note", `${role} refused: ${line["message"]}`);
    else if (line["decision"] !== undefined) this.#decided(role, line, code);
  }

  #decided(role: string, line: LogLine, code: string): void {
    const said = `${code}: ${line["message"]}`;
    if (this.decisions.at(-1) !== code) {
      this.#narrator.tell(
        code === "Recovered" ? "proof" : "concluded",
        `${String(line["decision"]).toUpperCase()} ${said} (${role})`,
      );
    }
    this.decisions.push(code);
    for (const waiting of this.#waiting.filter((w) => w.code === code)) waiting.resolve();
    this.#waiting = this.#waiting.filter((w) => w.code !== code);
  }

  onEvent({ type, data }: Passed): void {
    if (type.startsWith("dev.kedamedic.incident."))
      this.incidents.push(data as Pick<Incident, "phase" | "diagnosis" | "decision">);
  }

  /** Resolves at the next decision of that code. */
  decided(code: string, within: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () =>
          reject(
            new Error(
              `keda-medic did not decide ${code} within ${within / 1000} s; it decided ${[...new Set(this.decisions)].join(", ")}`,
            ),
          ),
        within,
      );
      this.#waiting.push({
        code,
        resolve: () => {
          clearTimeout(late);
          resolve();
        },
      });
    });
  }
}

/** Longest wait for one decision, in real milliseconds at the usual speed. */
const decisionWithin = 45_000;

async function perform(scenario: Scenario, play: Play): Promise<string | undefined> {
  try {
    await scenario.run(play);
    return await scenario.judge(play);
  } catch (error) {
    return messageOf(error);
  }
}

export interface PlayOptions {
  readonly speed: number;
  readonly narrator: Narrator;
  /** Leave the stage standing until this resolves. */
  readonly keep?: (stage: Stage) => Promise<void>;
}

/** One scenario from an empty stage to its verdict; undefined when it ended as it must. */
export async function playScenario(
  scenario: Scenario,
  { speed, narrator, keep }: PlayOptions,
): Promise<string | undefined> {
  const witness = new Witness(narrator);
  const stage = await openStage({
    speed,
    world: scenario.world,
    onMoment: ({ who, text }) => narrator.tell(who === "you" ? "happened" : "saw", `${who}: ${text}`),
    onEvent: (event) => witness.onEvent(event),
    onLog: (role, line) => witness.onLog(role, line),
  });
  try {
    const problem = await perform(scenario, {
      world: stage.world,
      narrator,
      pause: (length) => new Promise((resolve) => setTimeout(resolve, length / speed)),
      decided: (code) => witness.decided(code, Math.max(decisionWithin, (decisionWithin * 12) / speed)),
      record: () => witness,
    });
    narrator.ending(problem === undefined, problem ?? scenario.ending);
    await keep?.(stage);
    return problem;
  } finally {
    await stage.close();
  }
}
