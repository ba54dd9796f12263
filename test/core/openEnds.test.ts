import { describe, expect, test } from "@jest/globals";
import type { Incident } from "../../src/core/incident.ts";
import { minutes } from "../../src/core/instant.ts";
import { unseen } from "../../src/core/seen.ts";
import { look, policy } from "../builders/casefile.ts";
import { evidence, incident, tlsFailing, waiting } from "../builders/evidence.ts";
import { active, failing504, idle } from "../builders/hpas.ts";
import { ago, NOW } from "../builders/time.ts";

const reports = ({ effects }: Incident) => effects.filter((e) => e.kind === "report").map((e) => e.type.split(".")[3]);

describe("an open incident is closed by what was seen, never by what was not", () => {
  const stuck = evidence({ log: waiting, hpas: failing504(["web"], ago(minutes(8))) });
  const first = look({ evidence: stuck }).incident;
  const blind = evidence({ log: waiting, hpas: unseen("Timeout", "list hpas: no answer within 5 s") });

  test("HPAs that could not be read have not recovered", () => {
    const { decision, incident: known } = look({ evidence: blind, incident: first, now: NOW + minutes(5) });
    expect(decision).toMatchObject({ kind: "wait", code: "CouldNotLook", dueAt: NOW + minutes(5.5) });
    expect(decision.sentence).toBe(
      "Nothing else is found at fault, but whether the HPAs recovered cannot be told: list hpas: no answer within 5 s.",
    );
    expect(known).toMatchObject({ phase: "watching" });
    expect(known.outcome).toBeUndefined();
  });

  test("the same fault seen again after it is nothing new to people", () => {
    const between = look({ evidence: blind, incident: first, now: NOW + minutes(5) }).incident;
    const { decision, incident: known } = look({ evidence: stuck, incident: between, now: NOW + minutes(6) });
    expect(decision.code).toBe("GrpcStuck");
    expect(reports(known)).toEqual(["escalated"]);
  });

  test("nobody waits for ever: after ten minutes a person is told what cannot be read", () => {
    let known = first;
    for (let i = 1; i <= 11; i += 1) known = look({ evidence: blind, incident: known, now: NOW + minutes(i) }).incident;
    expect(known).toMatchObject({ phase: "escalated", decision: { code: "WaitedTooLong" } });
  });

  test("HPAs that were seen working close it", () => {
    const { incident: known } = look({ evidence: evidence({ hpas: active() }), incident: first });
    expect(known).toMatchObject({ phase: "closed", outcome: { result: "recoveredWithoutUs" } });
  });

  test("what nothing is known of needs no HPAs to be healthy, and one that is over stays over", () => {
    const over = { ...first, phase: "closed" as const };
    expect(look({ evidence: blind, incident: over }).decision.code).toBe("Healthy");
  });
});

describe("those who had failed are scaled to zero", () => {
  const observing = policy({ mode: "observe" });
  const failed = look({ evidence: incident({ before: [] }), policy: observing }).incident;
  const quiet = (more = {}) =>
    incident({ before: [], log: tlsFailing(undefined, ago(minutes(6))), hpas: idle(), ...more });
  const later = (more = {}) =>
    look({ evidence: quiet(more), incident: failed, policy: observing, now: NOW + minutes(6) });

  test("beside a metrics-apiserver from before the write that is no recovery", () => {
    const { decision, incident: known } = later();
    expect(decision).toMatchObject({ kind: "wait", code: "CouldNotLook" });
    expect(decision.sentence).toBe(
      "The HPAs that had failed are scaled to zero, and a metrics-apiserver from before the Secret's last write runs: whether they would get their metrics cannot be told.",
    );
    expect(known.outcome).toBeUndefined();
  });

  test("one of two from before the write is enough for that", () => {
    expect(later({ adapterPods: [{ startedAt: ago(minutes(2)) }, {}] }).decision.code).toBe("CouldNotLook");
  });

  test("an incident of which no HPA had timed out waits for none", () => {
    const known = { ...failed, failedHpas: [] };
    const { decision } = look({ evidence: quiet(), incident: known, policy: observing, now: NOW + minutes(6) });
    expect(decision.code).toBe("Healthy");
  });

  test("beside one that was started anew it is", () => {
    expect(later({ adapterPods: [{ startedAt: ago(minutes(2)) }] }).decision.code).toBe("Healthy");
  });

  test("with another one that gets its metrics it is", () => {
    expect(later({ hpas: [...idle(["web"]), ...active(["worker"])] }).decision.code).toBe("Healthy");
  });
});
