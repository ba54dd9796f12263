import { describe, expect, test } from "@jest/globals";
import { replay } from "../../src/cli/replay.ts";
import { outcomeOf, scrambled, selfSigned, sentenceOf, snapshotStep } from "./recordings.ts";

const h1 =
  'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "keda-operator")';

const replayed = await replay(selfSigned);
const at = (name: string) => snapshotStep(replayed, name);

describe("the recorded incident: KEDA 2.13.1, a self-signed pair, an OOM kill", () => {
  test("healthy is healthy, and opens nothing", () => {
    const { decision, story } = at("1-healthy");
    expect([decision.kind, decision.code, story.incident]).toEqual(["none", "Healthy", undefined]);
  });

  test("notices the new generation without an alarm, and says which one it replaced", () => {
    const before = at("1-healthy").story.looked.generation;
    const step = at("2-latent");
    expect(step.decision.kind).toBe("none");
    expect(step.story.looked.generation).not.toBe(before);
    expect(sentenceOf(step, "SecretReadable")).toContain(`which replaced ${before.slice(0, 12)}`);
  });

  test("warns of the latent mismatch while nothing fails, both sides named, operator first", () => {
    const { decision, story } = at("2-latent");
    expect([decision.kind, decision.code]).toEqual(["none", "LatentMismatch"]);
    expect(story.looked.diagnosis.stale.map((s) => s.component)).toEqual(["operator", "metrics-apiserver"]);
    expect(story.incident?.effects.map((e) => e.type)).toEqual(["dev.kedamedic.incident.latent.v1"]);
  });

  test("restarts keda-metrics-apiserver only, because predicted and logged text are the same", () => {
    const { decision, story } = at("3-failing");
    expect([decision.kind, decision.code]).toEqual(["restart", "MetricsApiserverStale"]);
    expect(decision.targets).toEqual([
      { component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver" },
    ]);
    expect(story.looked.diagnosis).toMatchObject({ predicted: h1, logged: h1 });
    expect(story.looked.diagnosis.needsApproval).toBeUndefined();
  });

  test("finds the OOM kill by looking and names it in the permanent cure", () => {
    expect(at("3-failing").story.looked.diagnosis.permanentCure).toMatch(/2\.17\.2.*OOMKilled/s);
  });

  test("proves the recovery by the HPAs that had failed", () => {
    const { decision, story } = at("4-healed");
    expect([decision.kind, decision.code]).toEqual(["none", "Recovered"]);
    expect(decision.sentence).toContain("shop/keda-hpa-web, shop/keda-hpa-worker");
    expect(story.incident?.phase).toBe("recovered");
    expect(story.incident?.effects.map((e) => e.type)).toEqual(["dev.kedamedic.incident.recovered.v1"]);
  });

  test("restarts exactly once", () => {
    expect(replayed.restarts.map((r) => r.name)).toEqual(["keda-metrics-apiserver"]);
  });

  test("starts nothing for the 503 events of the rollout", () => {
    const unavailable = replayed.steps.filter((s) => s.step.includes("(Unavailable)"));
    expect(unavailable.length).toBeGreaterThan(0);
    expect(unavailable.map((s) => s.decision.kind)).not.toContain("restart");
  });

  test("was found by sweep: no event tells of the latent mismatch", () => {
    expect(at("4-healed").story.incident?.foundBy).toBe("sweep");
  });
});

test.each(["observe", "approve"] as const)("mode %s decides the same and restarts nothing", async (mode) => {
  const { defaultPolicy } = await import("../../src/core/policy.ts");
  const other = await replay(selfSigned, { ...defaultPolicy, mode });
  expect(other.restarts).toEqual([]);
  expect(snapshotStep(other, "3-failing").decision).toEqual(at("3-failing").decision);
});

describe("100 random orders of the same events, a fifth lost, a fifth twice", () => {
  const seeds = Array.from({ length: 100 }, (_, i) => 20_261_123 + i);

  test(`end in the same decision and exactly one restart (seeds ${seeds[0]} to ${seeds.at(-1)})`, async () => {
    const wanted = outcomeOf(replayed);
    expect(wanted).toEqual({ phase: "recovered", result: "recovered", restarts: ["keda/keda-metrics-apiserver"] });
    for (const seed of seeds) {
      const other = await replay(scrambled(selfSigned, seed));
      expect({ seed, ...outcomeOf(other) }).toEqual({ seed, ...wanted });
      expect({ seed, decision: snapshotStep(other, "4-healed").decision }).toEqual({
        seed,
        decision: at("4-healed").decision,
      });
    }
  });
});
