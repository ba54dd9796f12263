import { describe, expect, test } from "@jest/globals";
import { caseOf } from "../../src/core/diagnose.ts";
import { permanentCure } from "../../src/core/permanentCure.ts";
import { unseen } from "../../src/core/seen.ts";
import { acting, judge } from "../builders/casefile.ts";
import { type Changes, evidence, oomKilled } from "../builders/evidence.ts";
import { ago } from "../builders/time.ts";

const cure = (changes: Changes, code = "Healthy") => permanentCure(caseOf(evidence(changes), acting), code);
const upgrade = "Upgrade KEDA 2.13.1 to >= 2.17.2, which reloads hop B's certificates by itself.";
const reloading = { version: "2.20.1" };

describe("every verdict names what ends this kind of incident for good", () => {
  test("the version, where it does not reload", () => {
    expect(cure({})).toBe(upgrade);
    expect(cure({ operator: reloading })).toBe("");
    expect(cure({ operator: { version: "latest" } })).toBe("");
    expect(cure({ operator: unseen("Forbidden", "no right") })).toBe("");
  });

  test("the operator's memory, where it was OOMKilled, with its limit where there is one", () => {
    const operatorPods = [{}, oomKilled(ago(0))];
    expect(cure({ operator: reloading, operatorPods })).toBe(
      "The operator was OOMKilled: raise its memory limit (now 1000Mi).",
    );
    const { operator } = evidence({ operatorPods });
    const { memoryLimit: _none, ...without } = operator.seen ? operator.value : ({} as never);
    expect(
      permanentCure({ ...caseOf(evidence({}), acting), operator: { ...without, version: "2.20.1" } }, "Healthy"),
    ).toBe("The operator was OOMKilled: raise its memory limit.");
    const other = { reason: "Error", exitCode: 1 };
    expect(cure({ operator: reloading, operatorPods: [{ lastTermination: other }] })).toBe("");
  });

  test("the cause's own cure comes first; a code that is healthy or unknown has none", () => {
    const own = cure({ operator: reloading }, "SecretKeyMismatch");
    expect(own.length).toBeGreaterThan(20);
    expect(cure({}, "SecretKeyMismatch")).toBe(`${own} ${upgrade}`);
    expect(cure({ operator: reloading }, "SafeRotation")).toBe("");
    expect(cure({ operator: reloading }, "NoSuchCode")).toBe("");
  });

  test("a diagnosis carries it", () => {
    expect(judge({ evidence: evidence({}) }).diagnosis.permanentCure).toBe(upgrade);
  });
});
