import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting } from "../../builders/casefile.ts";
import { evidence, incident, presentPair } from "../../builders/evidence.ts";
import { active } from "../../builders/hpas.ts";

describe("healthy", () => {
  test.each([
    [active(), "2 of 2 HPAs"],
    [[], "no HPA of KEDA is active"],
  ])("says what was seen", (hpas, words) => {
    expect(diagnose(evidence({ hpas }), acting).sentence).toContain(words);
  });

  test("says when the HPAs were not seen", () => {
    expect(diagnose(evidence({ hpas: unseen("Forbidden", "no right") }), acting).sentence).toContain("not seen");
  });
});

describe("the permanent cure", () => {
  test("an old KEDA, an OOM kill and its limit are named", () => {
    const { permanentCure } = diagnose(incident(), acting);
    expect(permanentCure).toContain("Upgrade KEDA 2.13.1 to >= 2.17.2");
    expect(permanentCure).toContain("raise its memory limit (now 1000Mi)");
  });

  test("a KEDA that reloads needs no upgrade", () => {
    const told = diagnose(incident({ operator: { version: "2.20.2" }, operatorPods: [{}] }), acting);
    expect(told.permanentCure).not.toMatch(/Upgrade|OOM/);
  });

  test("a healthy KEDA of today is left in peace", () => {
    expect(
      diagnose(evidence({ operator: { version: "2.20.2" }, operatorPresents: presentPair }), acting).permanentCure,
    ).toBe("");
  });
});
