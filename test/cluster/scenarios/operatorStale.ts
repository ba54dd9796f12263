import type { Scenario } from "./scenario.ts";

/** The same text in the same log as the incident's, and the other side is the stale one. */
export const operatorStale: Scenario = {
  name: "3",
  title: "rotation, then the metrics-apiserver restarts first: the operator is stale",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ world, pause, failing, decided, healthy }) => {
    await world.rotateSecret("selfSignedRekey");
    await pause(15_000);
    await world.restartDeployment("metrics-apiserver");
    await failing();
    await decided("OperatorStale");
    await healthy();
    await decided("Recovered");
  },
  // One rollout of the metrics-apiserver is the play's own.
  expect: {
    rollouts: { operator: 1, "metrics-apiserver": 1 },
    patches: 1,
    decided: ["OperatorStale", "Recovered"],
    never: ["MetricsApiserverStale"],
    healthy: true,
    phase: "recovered",
  },
};

export const operatorStaleWithoutSecret: Scenario = {
  ...operatorStale,
  name: "3-no-secret",
  title: "the same with cert-manager's CertificateRequests and without any right on Secrets",
  withoutSecret: true,
};
