import { describe, expect, test } from "@jest/globals";
import type { Incident } from "../../src/core/incident.ts";
import { days, hours, minutes, seconds } from "../../src/core/instant.ts";
import { unseen } from "../../src/core/seen.ts";
import { verify } from "../../src/core/verification.ts";
import { acting, installation } from "../builders/casefile.ts";
import { chart, nextLeaf } from "../builders/certificates.ts";
import { bothAnew, evidence } from "../builders/evidence.ts";
import { active, failing504, hpa } from "../builders/hpas.ts";
import { afterRestart, performed, step } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

const verified = (e: ReturnType<typeof evidence>, incident: Incident) =>
  verify({ installation: installation(), incident, evidence: e }, incident, acting, NOW);
const after = ago(minutes(8));

describe("a failed verification", () => {
  test("says how long after the rollout what was still broken", () => {
    expect(verified(afterRestart(after, failing504(["web"])), performed(after))).toStrictEqual({
      result: "failed",
      sentence: "Restarted, not recovered: 8m after the rollout shop/keda-hpa-web not yet ScalingActive.",
    });
  });

  test("comes five minutes after the newest container started, to the moment", () => {
    const started = (startedAt: number) =>
      verified(
        afterRestart(ago(hours(1)), failing504(), { adapterPods: [{ createdAt: ago(hours(1)), startedAt }] }),
        performed(ago(hours(1))),
      ).result;
    expect([started(ago(minutes(5)) + 1), started(ago(minutes(5)))]).toEqual(["pending", "failed"]);
  });

  test("names an operator whose leaf has expired", () => {
    const ca = chart("verify-expired");
    const held = nextLeaf(ca, "verify-expired-held", { notBefore: ago(days(9)), notAfter: ago(seconds(1)) });
    const e = afterRestart(after, active(), { secret: ca, operatorPresents: held });
    expect(verified(e, performed(after)).sentence).toBe(
      "Restarted, not recovered: 8m after the rollout operator-1 does not present the Secret's leaf yet.",
    );
  });
});

describe("recovery", () => {
  const twice = { recoverySeenAt: ago(seconds(15)), failedHpas: [] };

  test("where nothing had failed is told as what it is", () => {
    expect(verified(bothAnew(), performed(ago(minutes(2)), twice))).toStrictEqual({
      result: "recovered",
      sentence: "Nothing had failed, and both sides hold the Secret's certificates now, seen twice.",
    });
    const rawMetric = { metric: "shop/s0", answered: true, detail: "200" };
    expect(verified(bothAnew({ rawMetric }), performed(ago(minutes(2)), twice)).sentence).toBe(
      "The raw external metric answers; no HPA that had failed is left.",
    );
  });

  const two = (first: number, second: number, more: Partial<Incident> = {}) => {
    const steps = [
      step("operator", { state: "performed", performedAt: first }),
      step("metrics-apiserver", { state: "performed", performedAt: second }),
    ];
    return performed(second, {
      plan: { cause: "BothStale", reservedAt: first, evidenceHash: "0".repeat(64), steps },
      ...more,
    });
  };

  test("of a plan of two may begin after its first step", () => {
    const between = [hpa("web", { since: ago(minutes(3)) })];
    const e = { ...afterRestart(ago(minutes(2))), hpas: evidence({ hpas: between }).hpas };
    expect(verified(e, two(ago(minutes(4)), ago(minutes(2)))).result).toBe("recovered");
    expect(verified(e, two(ago(minutes(2)), ago(minutes(2)))).result).toBe("seenOnce");
  });

  test("of a plan of two is not seen while one of the Deployments is not", () => {
    const e = afterRestart(ago(minutes(2)), active(), { operator: unseen("Forbidden", "no right") });
    expect(verified(e, two(ago(minutes(4)), ago(minutes(2))))).toStrictEqual({
      result: "pending",
      sentence: "KEDA's Deployments could not be read: no right.",
      lookAgainAt: NOW + seconds(15),
    });
  });
});
