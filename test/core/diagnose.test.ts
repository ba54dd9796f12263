import { describe, expect, test } from "@jest/globals";
import { families } from "../../src/core/checks/all.ts";
import { diagnose } from "../../src/core/diagnose.ts";
import { unseen } from "../../src/core/seen.ts";
import { acting } from "../builders/casefile.ts";
import { type Changes, evidence, incident, presentPair } from "../builders/evidence.ts";
import { active, hpa, idle } from "../builders/hpas.ts";

const names = families.flatMap((family) => family.checks.map((check) => check.name));
const healthy = (changes: Changes = {}) => diagnose(evidence(changes), acting);

describe("a diagnosis shows how it was come by", () => {
  test("every check has its answer and its source, in the order of judging", () => {
    const { checks } = healthy();
    expect(checks.map((c) => c.code)).toEqual(names);
    for (const check of checks) {
      expect(check.verdict).not.toBe("fail");
      expect([check.sentence.length > 0, check.source.length > 0]).toEqual([true, true]);
    }
    expect(checks.some((c) => c.sentence.startsWith("Not asked:"))).toBe(false);
  });

  test("after the one that decides none is asked", () => {
    const { checks, code } = diagnose(incident(), acting);
    expect(checks.map((c) => c.code)).toEqual(names);
    const at = checks.findIndex((c) => c.verdict === "fail");
    expect(at).toBeGreaterThan(0);
    const rest = checks.slice(at + 1);
    expect(rest.length).toBeGreaterThan(0);
    for (const { code: name, ...check } of rest)
      expect(check).toStrictEqual({
        verdict: "skipped",
        sentence: `Not asked: ${code} decides.`,
        source: families.flatMap((f) => f.checks).find((c) => c.name === name)?.source,
      });
  });
});

describe("where no check stops KEDA is healthy", () => {
  test("and names no side, but the generation that it is about", () => {
    expect(healthy()).toMatchObject({
      code: "Healthy",
      disposition: "healthy",
      stale: [],
      generation: presentPair.generation,
    });
    expect("generation" in healthy({ secret: unseen("Forbidden", "no right") })).toBe(false);
  });

  test.each<[string, Changes, string]>([
    ["working HPAs", { hpas: active() }, "No fault found: 2 of 2 HPAs of KEDA have a valid metric."],
    ["HPAs scaled to zero", { hpas: idle() }, "No fault found; no HPA of KEDA is active that could show one."],
    ["no HPA", { hpas: [] }, "No fault found; no HPA of KEDA is active that could show one."],
    ["HPAs that were not seen", { hpas: unseen("Forbidden", "no right") }, "No fault found; the HPAs were not seen."],
    [
      "one HPA whose state is unknown",
      { hpas: [...active(["a"]), hpa("b", { scalingActive: "Unknown" })] },
      "No fault found: 1 of 2 HPAs of KEDA have a valid metric.",
    ],
  ])("with %s", (_, changes, sentence) => {
    const { code, sentence: told } = healthy(changes);
    expect([code, told]).toEqual(["Healthy", sentence]);
  });
});
