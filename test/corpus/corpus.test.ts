import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import type { Decision } from "../../src/core/decision.ts";
import { reasons } from "../../src/core/reasons.ts";
import { judge } from "../builders/casefile.ts";
import type { Changes } from "../builders/evidence.ts";
import { judged } from "../scoreboard/situation.ts";
import { causes } from "./causes.ts";
import { deployments, type Installed, installations } from "./installed.ts";
import { page } from "./page.ts";
import { situationOf } from "./situations.ts";
import { evidenceOf, isTold, type Variant } from "./variant.ts";

const answerOf = (variant: Variant, how?: Installed) =>
  judge({ ...variant.record, evidence: evidenceOf(variant, how) });

const sides = ({ targets }: Decision) => targets.map((target) => target.component);

function check(variant: Variant, how: Installed): void {
  const { diagnosis, decision } = answerOf(variant, how);
  const { code, decision: kind, targets = [], needsApproval } = variant.expected;
  expect([decision.code, decision.kind, sides(decision)]).toEqual([code, kind, targets]);
  expect(decision.targets.map((target) => target.name)).toEqual(targets.map((side) => deployments[how][side]));
  expect(diagnosis.needsApproval).toBe(needsApproval);
  // What could not be looked at is asked for again, or is nowhere to be seen: the only code that is both.
  if (diagnosis.code !== "CouldNotLook") expect(diagnosis.disposition).toBe(reasons[diagnosis.code]?.disposition);
}

const variants = causes.flatMap((cause) => cause.variants);

describe.each(causes)("$id", (cause) => {
  describe.each(installations)("as %s installs it", (how) => {
    test.each(cause.variants)("$name", (variant) => {
      check(variant, how);
    });

    test("one fact makes the answer another", () => {
      check(cause.pair.one, how);
      check(cause.pair.other, how);
    });
  });

  test("every expectation has its ground", () => {
    for (const { ground } of [...cause.variants, cause.pair.one, cause.pair.other])
      expect(ground.length).toBeGreaterThan(5);
  });
});

const keysThatDiffer = (one: Changes, other: Changes): readonly string[] => {
  const [a, b]: Readonly<Record<string, unknown>>[] = [{ ...one }, { ...other }];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => !isDeepStrictEqual(a?.[key], b?.[key]));
};

describe("adversarial pairs", () => {
  test.each(causes)("$id: the two differ in $pair.fact only", ({ pair: { fact, one, other } }) => {
    expect(one.start).toBe(other.start);
    const record = isDeepStrictEqual(one.record, other.record) ? [] : ["record"];
    expect([...keysThatDiffer(one.facts, other.facts), ...record]).toEqual([fact]);
  });

  test.each(causes)("$id: what is done is not the same", ({ pair: { one, other } }) => {
    const [a, b] = [answerOf(one).decision, answerOf(other).decision];
    expect([a.kind, sides(a)]).not.toEqual([b.kind, sides(b)]);
  });
});

describe("by what is so", () => {
  const told = variants.filter(isTold);
  const verdictOf = (variant: Variant) => {
    const { decision } = answerOf(variant);
    return judged(situationOf(variant), decision.kind === "restart" ? sides(decision) : []).verdict;
  };

  test.each(told.filter(({ unseen }) => unseen === undefined))("$name: right with full evidence", (variant) => {
    const right = variant.expected.code === "GrpcStuck" ? ["missed"] : ["left", "refused", "cured"];
    expect(right).toContain(verdictOf(variant));
  });

  test.each(told.filter(({ unseen }) => unseen !== undefined))("$name: weaker, never wrong", (variant) => {
    expect(["left", "refused", "cured", "missed"]).toContain(verdictOf(variant));
  });
});

test("the corpus is large enough, and judged in little time", () => {
  const start = performance.now();
  for (const variant of variants) answerOf(variant);
  const took = performance.now() - start;
  const blind = variants.filter(({ unseen }) => unseen !== undefined).length;
  const restarting = causes.filter(({ pair: { one, other } }) =>
    [one, other].some(({ expected }) => expected.decision === "restart"),
  ).length;
  process.stdout.write(
    `corpus: ${causes.length} causes, ${variants.length} variants (${blind} with something unseen), each as ${installations.join(" and ")} installs it; ${causes.length} pairs, in ${restarting} of them one fact decides on a restart; all judged once in ${took.toFixed(0)} ms\n`,
  );
  expect(causes.length).toBeGreaterThanOrEqual(20);
  expect(Math.min(...causes.map((cause) => cause.variants.length))).toBeGreaterThanOrEqual(4);
  expect(new Set(causes.map((cause) => cause.id)).size).toBe(causes.length);
  for (const cause of causes) expect(new Set(cause.variants.map((v) => v.name)).size).toBe(cause.variants.length);
});

test("docs/causes.md is up to date (node test/corpus/main.ts writes it)", () => {
  expect(readFileSync(new URL("../../docs/causes.md", import.meta.url), "utf8")).toBe(page());
});
