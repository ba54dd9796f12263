import { describe, expect, test } from "@jest/globals";
import type { Diagnosis, Disposition } from "../../src/core/diagnosis.ts";
import type { Incident, Plan } from "../../src/core/incident.ts";
import { causeOf, storyColumns } from "../../src/core/story.ts";
import { smallIncident } from "../contracts/store.contract.ts";

const plan: Plan = {
  cause: "MetricsApiserverStale",
  reservedAt: 0,
  evidenceHash: "e",
  steps: [{ component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver", state: "performed" }],
};
const saw = (code: string, disposition: Disposition): Diagnosis => ({
  code,
  disposition,
  sentence: "",
  stale: [],
  checks: [],
  permanentCure: "",
});
const incident = (more: Partial<Incident> = {}): Incident => smallIncident("a", more);

describe("the cause of an incident", () => {
  const healthy = saw("Healthy", "healthy");

  test.each<[string, string, Partial<Incident>, Partial<Incident>, Diagnosis]>([
    ["is what the restart was for once KEDA is healthy again", plan.cause, {}, { phase: "recovered", plan }, healthy],
    [
      "stays while the restart is verified",
      plan.cause,
      {},
      { phase: "verifying", plan },
      saw("HopBSilent", "inProgress"),
    ],
    [
      "is the last fault when it ended without us",
      "HopBNetwork",
      { cause: "HopBNetwork" },
      { phase: "closed" },
      healthy,
    ],
    ["is the newest fault", "OperatorStale", { cause: "LatentMismatch" }, {}, saw("OperatorStale", "curable")],
    ["is no rollout", "LatentMismatch", { cause: "LatentMismatch" }, {}, saw("RolloutInProgress", "inProgress")],
    ["is a wait where there is no other", "SymptomNotYetSeen", {}, {}, saw("SymptomNotYetSeen", "inProgress")],
    [
      "is a safe rotation, which is told as healthy",
      "SafeRotation",
      { cause: "X" },
      {},
      saw("SafeRotation", "healthy"),
    ],
    [
      "is no old one when it comes back",
      "HopBSilent",
      { phase: "recovered", cause: "X" },
      {},
      saw("HopBSilent", "inProgress"),
    ],
    [
      "is what is found after a restart that did not help",
      "FreshPairFails",
      {},
      { phase: "escalated", plan },
      saw("FreshPairFails", "unknown"),
    ],
  ])("%s", (...[, cause, before, after, diagnosis]) => {
    expect(causeOf(incident(before), incident({ ...before, ...after }), diagnosis)).toBe(cause);
  });
});

describe("the columns", () => {
  const none = { kind: "none", code: "Recovered", sentence: "", targets: [] } as const;

  test("of a healed incident tell what was wrong, what was done, and to whom", () => {
    const healed = incident({ phase: "recovered", cause: plan.cause, plan, decision: none });
    expect(storyColumns(healed)).toEqual({ cause: plan.cause, decision: "restart", stale: "metrics-apiserver" });
  });

  test("of one that ended without us show no restart", () => {
    const diagnosis = { code: "Healthy", sentence: "" };
    const closed = incident({
      phase: "closed",
      cause: "HopBNetwork",
      diagnosis,
      decision: { ...none, code: "Healthy" },
    });
    expect(storyColumns(closed)).toEqual({ cause: "HopBNetwork", decision: "none", stale: "" });
  });

  test("of one that an older version wrote fall back to its diagnosis", () => {
    expect(storyColumns(incident({ diagnosis: { code: "HopBNetwork", sentence: "" } })).cause).toBe("HopBNetwork");
  });

  test("of one that asks for a restart name whom it asks for, not whom an older plan named", () => {
    const targets = [
      { component: "operator", namespace: "keda", name: "keda-operator" },
      { component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver" },
    ] as const;
    const asked = incident({ plan, decision: { ...none, kind: "restart", targets } });
    expect(storyColumns(asked).stale).toBe("operator,metrics-apiserver");
  });

  test("of one that refuses show the refusal, also beside a plan that is over", () => {
    const refused = incident({ phase: "escalated", plan, decision: { ...none, kind: "refuse" } });
    expect(storyColumns(refused).decision).toBe("refuse");
  });

  test("of one that was never judged are empty", () => {
    const { diagnosis: _, decision: __, ...unjudged } = incident({});
    expect(storyColumns(unjudged)).toEqual({ cause: "", decision: "", stale: "" });
  });
});
