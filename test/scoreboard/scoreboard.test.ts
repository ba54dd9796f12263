import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { catalogue, groups } from "../corpus/situations.ts";
import { documents } from "./documents.ts";
import { kedaMedic, kedaMedicUnsticking, rules } from "./rules.ts";
import { judged, type Situation } from "./situation.ts";
import { tallyOf } from "./tally.ts";
import { truthTable } from "./truthTable.ts";

const root = new URL("../../", import.meta.url);

describe("the scoreboard", () => {
  it.each(Object.entries(documents()))("is up to date: %s (npm run scoreboard writes it)", (path, text) => {
    expect(readFileSync(new URL(path, root), "utf8")).toBe(text);
  });

  const all = [...truthTable(), ...catalogue()];
  const within = (group: string) => all.filter((situation) => situation.group === group);

  it.each([kedaMedic, kedaMedicUnsticking])("shows no harmful and no needless restart of $name", (rule) => {
    const { harmfulRestarts, needlessRestarts } = tallyOf(rule, all);
    expect([harmfulRestarts, needlessRestarts]).toEqual([0, 0]);
  });

  it("shows every situation cured that a restart can cure, where everything was seen and the policy lets us", () => {
    const complete = new Set(all.map(({ group }) => group));
    complete.delete(groups.unseen);
    complete.delete(groups.policy);
    expect(complete.size).toBe(3);
    for (const group of complete) expect([group, tallyOf(kedaMedic, within(group)).missedCures]).toEqual([group, 0]);
    expect(within(groups.policy).length).toBe(3);
    expect(tallyOf(kedaMedic, within(groups.policy))).toMatchObject({ rightCures: 0, missedCures: 3 });
    expect(tallyOf(kedaMedicUnsticking, within(groups.policy))).toMatchObject({ rightCures: 3, missedCures: 0 });
  });

  it("shows no harmful restart of ours, and harmful ones of every rival that restarts by events or symptoms", () => {
    const harmful = rules.map((rule) => [rule.name, tallyOf(rule, truthTable()).harmfulRestarts] as const);
    expect(harmful.filter(([, count]) => count === 0).map(([name]) => name)).toEqual([
      kedaMedic.name,
      kedaMedicUnsticking.name,
      "do nothing",
    ]);
  });
});

describe("a situation", () => {
  const situation = (works: readonly string[], burnt = false): Situation => ({
    ...(truthTable()[0] as Situation),
    worksAfter: (restarts) => works.includes(restarts.join("+")),
    burns: () => burnt,
  });
  const verdict = (works: readonly string[], restarts: readonly ("operator" | "metrics-apiserver")[], burnt = false) =>
    judged(situation(works, burnt), restarts).verdict;
  const both = "operator+metrics-apiserver";

  it("is judged by what the restarts lead to", () => {
    expect(verdict(["", both], [])).toBe("left");
    expect(verdict(["", both], ["operator"])).toBe("harmful");
    expect(verdict(["", "operator", both], ["operator"])).toBe("needless");
    expect(verdict(["operator", both], [])).toBe("missed");
    expect(verdict(["operator", both], ["operator"])).toBe("cured");
    expect(verdict(["operator", both], ["operator", "metrics-apiserver"])).toBe("curedAndMore");
    expect(verdict(["operator", both], ["metrics-apiserver"])).toBe("inVain");
    expect(verdict([both], ["operator"])).toBe("partly");
    expect(verdict([], [])).toBe("refused");
    expect(verdict([], ["operator"])).toBe("inVain");
    expect(verdict([], ["operator"], true)).toBe("harmful");
  });
});
