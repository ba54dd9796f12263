import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCodes, Failure } from "./failure.ts";
import { type Manifests, manifestsOf } from "./medic/render.ts";
import { differences, type Records } from "./world/records.ts";

/** Two hosts that must come to the same. */
export type Pair = readonly [Manifests, Manifests];

/** `knative,lambda`. Throws a sentence for anything else. */
export function pairOf(words: string): Pair {
  const [one, other, ...more] = words.split(",").map(manifestsOf);
  if (one === undefined || other === undefined || one === other || more.length > 0)
    throw new Failure(`--compare takes two different hosts with a comma between, not "${words}".`, exitCodes.usage);
  return [one, other];
}

/** A scenario on a host, as a play's name. */
export const onHost = (scenario: string, manifests: Manifests): string => `${scenario}@${manifests}`;

const folder = fileURLToPath(new URL("../../reports/decisions", import.meta.url));

/** Keeps what a play decided as `reports/decisions/NAME.json`. */
export function keep(name: string, records: Records): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(records, undefined, 2)}\n`);
}

/** What a play of a scenario on a host decided; undefined where it broke off. */
export interface PlayedOn {
  readonly scenario: string;
  readonly host: Manifests;
  readonly records: Records | undefined;
}

export interface Compared {
  readonly scenario: string;
  /** What is not the same, as sentences; empty when both hosts came to the same. */
  readonly differences: readonly string[];
  /** Decision records that were compared. */
  readonly count: number;
}

/** What both hosts decided in one scenario, record by record. */
export function compared(scenario: string, pair: Pair, plays: readonly PlayedOn[]): Compared {
  const recordsOn = (host: Manifests): Records | undefined =>
    plays.find((play) => play.scenario === scenario && play.host === host)?.records;
  const [one, other] = [recordsOn(pair[0]), recordsOn(pair[1])];
  if (one === undefined || other === undefined)
    return { scenario, differences: ["a play came to no end: there is nothing to compare"], count: 0 };
  const count = one.verdicts.length + one.incidents.reduce((sum, story) => sum + story.length, 0);
  const none = count === 0 ? ["nothing was decided"] : [];
  return { scenario, differences: [...none, ...differences(pair, one, other)], count };
}
