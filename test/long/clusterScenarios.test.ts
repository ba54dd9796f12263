import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import { contract } from "../cluster/contract/contract.ts";
import { cannot } from "../cluster/sandbox/cannot.ts";
import { type Played, playInSandbox } from "../cluster/sandbox/play.ts";
import { scenarios } from "../cluster/scenarios/all.ts";

/** A scenario is written once: what is played on a real control plane is played on the in-process world, too. */
jest.setTimeout(600_000);

const played = scenarios.filter((scenario) => scenario !== contract);
/** Most of a play is waiting; more of them at a time make looks on two cores slower than what they must see. */
const atATime = 3;
const plays = new Map<string, Promise<Played>>();

beforeAll(() => {
  let last: Promise<unknown>[] = Array.from({ length: atATime }, () => Promise.resolve());
  for (const scenario of played) {
    const [free = Promise.resolve(), ...others] = last;
    const play = free.then(() => playInSandbox(scenario));
    plays.set(scenario.name, play);
    last = [...others, play];
  }
});

/** What is wrong, with the story that led to it. */
async function outcome(name: string): Promise<string> {
  const { problems, story } = (await plays.get(name)) ?? { problems: ["never played"], story: [] };
  return problems.length === 0 ? "" : [...problems, ...story].join("\n");
}

describe("on the in-process world as on the real one", () => {
  test.each(played.filter(({ name }) => cannot[name] === undefined).map(({ name, title }) => [name, title] as const))(
    "%s: %s",
    async (name) => expect(await outcome(name)).toBe(""),
  );
});

describe("what only a real cluster can play", () => {
  test("is a list of scenarios that there are", () => {
    const names = new Set(played.map(({ name }) => name));
    expect(Object.keys(cannot).filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(Object.entries(cannot).map(([name, { because }]) => [name, because] as const))(
    "%s, because %s",
    async (name) => expect(await outcome(name)).toMatch(cannot[name]?.endsWith ?? /never/),
  );
});
