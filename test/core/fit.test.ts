import { describe, expect, test } from "@jest/globals";
import { evolve, withSymptom } from "../../src/core/evolve.ts";
import type { Incident, PendingEffect } from "../../src/core/incident.ts";
import { seconds } from "../../src/core/instant.ts";
import { unseen } from "../../src/core/seen.ts";
import { judge, look, opened, policy } from "../builders/casefile.ts";
import { type Changes, formerPair, incident } from "../builders/evidence.ts";
import { hpa } from "../builders/hpas.ts";
import { ago, NOW } from "../builders/time.ts";

describe("an incident stays within 4 KB, because a larger one could not be saved", () => {
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const long = (prefix: string, i: number) => `${prefix}-${"x".repeat(53)}-${i}`.slice(0, 63);
  const many = Array.from({ length: 100 }, (_, i) =>
    hpa(long("app", i), {
      namespace: long("team", i),
      scalingActive: "False",
      reason: "FailedGetExternalMetric",
      failure: "Timeout",
    }),
  );
  const name = `${"prod-".repeat(24)}.${"keda-".repeat(12)}`.slice(0, 180);
  const reports = Array.from(
    { length: 6 },
    (_, i): PendingEffect => ({
      id: `${name}/dev.kedamedic.incident.escalated.v1/SecretLeafNotSignedByCa/${NOW + i}`,
      kind: "report",
      type: "dev.kedamedic.incident.escalated.v1",
      createdAt: NOW,
      attempts: 100,
      lastAttemptAt: NOW,
    }),
  );
  const symptoms = ["A", "B", "C", "D", "E", "F", "G", "H"].map((k) => ({
    kind: `CertificateChanged${k}`,
    first: NOW,
    last: NOW,
  }));
  const large = (more: Partial<Incident> = {}) =>
    opened({
      name: `${name}.0123456789ab`,
      installation: name,
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      symptoms,
      effects: reports,
      ...more,
    });
  const pods = Array.from({ length: 12 }, () => ({}));
  const storm: Changes = {
    hpas: many,
    complete: false,
    operatorPods: [{}],
    operatorPresents: formerPair,
    adapterPods: pods,
  };

  test.each<[string, Changes]>([
    ["10,000 failing HPAs with the longest names, twelve stale Pods", storm],
    [
      "a person's reason of 2,000 characters in Chinese",
      { ...storm, metricsApiserver: { pausedByPerson: "暂停".repeat(1000) } },
    ],
    ["words of another provider without end", { ...storm, hpas: unseen("Forbidden", "é".repeat(5000)) }],
    [
      "a log line without end",
      { ...storm, log: { tlsFailure: { at: ago(seconds(9)), text: `x509: ${"…".repeat(9000)}` } } },
    ],
  ])("%s", (_, changes) => {
    const { incident: known } = look({ evidence: incident(changes), incident: large() });
    expect(bytes(known)).toBeLessThanOrEqual(4096 - 300);
    // One more note of a symptom and of every attempt still fits.
    const noted = withSymptom(
      { ...known, effects: known.effects.map((e) => ({ ...e, attempts: e.attempts + 1, lastAttemptAt: NOW })) },
      "CertificateChangedI",
      NOW,
    );
    expect(bytes(noted)).toBeLessThanOrEqual(4096);
  });

  test("keeps what is to be done and at least one HPA that can show recovery", () => {
    const { incident: known } = look({ evidence: incident(storm), incident: large() });
    expect(known.effects.map((e) => e.kind)).toContain("requestRestart");
    expect(known.failedHpas.length).toBeGreaterThan(0);
    expect(known.moreFailedHpas).toBe(true);
    expect(known.plan?.steps).toHaveLength(2);
  });

  test("one of ordinary size is kept as it is", () => {
    const known = opened();
    const { file, diagnosis, decision } = judge({ evidence: incident(), incident: known });
    const evolved = evolve({ ...file, incident: known }, { diagnosis, decision, policy: policy(), now: NOW });
    expect(evolved.diagnosis?.sentence).toBe(diagnosis.sentence);
    expect(evolved.failedHpas).toEqual(["shop/keda-hpa-web", "shop/keda-hpa-worker"]);
  });
});
