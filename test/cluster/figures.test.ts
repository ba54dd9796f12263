import { describe, expect, test } from "@jest/globals";
import { table } from "./table.ts";
import type { Audited } from "./world/audit.ts";
import { type Figures, reckon, worst } from "./world/figures.ts";
import { waited } from "./world/waits.ts";

const second = 1000;
const wrote = (at: number, kind: string, dueAt?: number): Audited => ({
  at: at * second,
  account: "keda-medic-respond",
  verb: "update",
  resource: "incidents/status",
  name: "one",
  status: 200,
  bytes: 0,
  decision: { kind, code: "Code", ...(dueAt === undefined ? {} : { dueAt: new Date(dueAt * second).toISOString() }) },
});

describe("what policy made us wait", () => {
  test.each([
    ["a wait until its end, not until somebody looks again", [wrote(10, "wait", 15), wrote(22, "restart")], 5],
    ["a wait that another decision ends early", [wrote(10, "wait", 60), wrote(14, "restart")], 4],
    ["a wait that began before the symptom", [wrote(0, "wait", 12)], 2],
    ["a wait that goes on after the patch", [wrote(25, "wait", 90)], 5],
    ["two waits, one after the other", [wrote(10, "wait", 15), wrote(15, "wait", 20)], 10],
    ["no wait", [wrote(10, "none"), wrote(12, "refuse")], 0],
    ["a write that was refused", [{ ...wrote(10, "wait", 20), status: 409 }], 0],
  ])("%s", (_rule, requests, seconds) => {
    expect(waited(requests, { from: 10 * second, to: 30 * second })).toBe(seconds * second);
  });
});

describe("what is our own", () => {
  test.each([
    ["within the budget", { toPatch: 20_600, waits: 20_000, toHealed: 41_000, floor: 40_000 }, 1.6, false],
    ["faster than the floor is nothing", { toPatch: 400, waits: 0, toHealed: 30_000, floor: 40_000 }, 0.4, false],
    ["more than a second before the patch", { toPatch: 1_200, waits: 0, toHealed: 30_000, floor: 40_000 }, 1.2, true],
    ["more than a fifth in all", { toPatch: 500, waits: 0, toHealed: 48_000, floor: 40_000 }, 8.5, true],
  ])("%s", (_rule, measured, own, overBudget) => {
    expect(reckon(measured)).toMatchObject({ own, overBudget });
  });

  test("is not reckoned where nothing was healed", () => {
    expect(reckon({ toPatch: 500 })).toEqual({ toPatch: 0.5 });
  });

  test("the largest of each figure is the maximum, over budget when one run was", () => {
    const runs: readonly Figures[] = [
      { toPatch: 1, own: 3, overBudget: false },
      { toPatch: 2, own: 1, overBudget: true },
    ];
    expect(worst(runs)).toEqual({ toPatch: 2, own: 3, overBudget: true });
  });
});

describe("the table", () => {
  const played = { name: "1", title: "the seed", keda: "2.13.1" } as const;
  const row = (figures: Figures) => ({ played, seconds: 200, result: { problems: [], figures } });

  test("has a line of maxima for a play that ran more than once, and none for one", () => {
    expect(table([row({ toPatch: 0.6 })])).not.toContain("maximum");
    expect(table([row({ toPatch: 0.6 }), row({ toPatch: 0.9 })])).toMatch(/maximum .*0\.9.* of 2 runs/);
  });

  test("marks what is over the budget, and says what the mark means", () => {
    expect(table([row({ own: 9, overBudget: true })])).toMatch(/ 9! [\s\S]*\n! more than 1 s of our own/);
    expect(table([row({ own: 1, overBudget: false })])).not.toContain("!");
  });
});
