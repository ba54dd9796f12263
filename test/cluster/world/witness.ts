import type { World } from "../../../src/sandbox/world.ts";
import { jsonOf, type Loose } from "../api/client.ts";
import type { Decided } from "../scenarios/scenario.ts";

/** What keda-medic's functions say in their logs, as it happens. */
export class Witness {
  readonly decisions: Decided[] = [];
  readonly errors: string[] = [];
  #mark = 0;
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Says what happens in the world. What was decided before somebody changed it is history. */
  follow(world: World): void {
    world.onMoment(({ who, text }) => {
      this.#say(`${who}: ${text}`);
      if (who === "you" || who === "network") this.#mark = this.decisions.length;
    });
  }

  /** Decisions since the last change. */
  since(): readonly Decided[] {
    return this.decisions.slice(this.#mark);
  }

  onLine(pod: Loose, text: string): void {
    const role = /^keda-medic-(respond|restart|sweep)-/.exec(pod.metadata.name)?.[1];
    if (role === undefined || pod.metadata.namespace !== "keda-medic") return;
    const line = jsonOf(text);
    if (line === undefined) {
      this.errors.push(`${role}: ${text}`);
      this.#say(`${role} says: ${text}`);
      return;
    }
    if (line.severity === "ERROR" || line.severity === "WARNING")
      this.#say(`${role} ${line.severity}: ${line.message} ${line.reason ?? ""}`);
    const decides = line.decision !== undefined || line.result !== undefined;
    if (decides && typeof line.code === "string") this.#decided(role, line);
  }

  #decided(role: string, line: Loose): void {
    const last = this.decisions.at(-1);
    const decided: Decided = {
      at: Date.now(),
      role,
      kind: String(line.decision ?? line.result ?? ""),
      code: line.code,
      diagnosis: String(line.diagnosis ?? ""),
      sentence: String(line.message),
      ...(line.logged === undefined ? {} : { logged: String(line.logged) }),
      ...(line.predicted === undefined ? {} : { predicted: String(line.predicted) }),
    };
    this.decisions.push(decided);
    if (last?.code !== decided.code || line.result !== undefined)
      this.#say(`${role} ${decided.kind}: ${decided.code}: ${decided.sentence}`);
  }
}
