import type { Play, Scenario } from "./scenario.ts";

/** The incident (keda#5683): renewed with a new key, and half a minute later the operator dies of memory. */
async function seed({ world, pause, failing, decided, healthy }: Play): Promise<void> {
  await world.rotateSecret("selfSignedRekey");
  await pause(30_000);
  await world.oomKill("operator");
  await failing();
  await decided("MetricsApiserverStale");
  await healthy();
  await decided("Recovered");
}

const ending = {
  rollouts: { "metrics-apiserver": 1 },
  decided: ["MetricsApiserverStale", "Recovered"],
  healthy: true,
  phase: "recovered",
} as const;

export const seedTwo: Scenario = {
  name: "1",
  title: "the seed: ca.crt == tls.crt re-keyed, 30 s later operator OOMKilled; 2 metrics-apiservers",
  keda: "2.13.1",
  metricsApiservers: 2,
  moves: seed,
  expect: ending,
};

export const seedThree: Scenario = {
  ...seedTwo,
  name: "1-three",
  title: "the seed with 3 metrics-apiservers",
  metricsApiservers: 3,
};

export const seedWithoutSecret: Scenario = {
  ...seedTwo,
  name: "1-no-secret",
  title: "the seed with cert-manager's CertificateRequests and without any right on Secrets",
  withoutSecret: true,
};

export const seedEarly: Scenario = {
  ...seedTwo,
  name: "1-early",
  title: "the seed with policy endStalePodsEarly",
  settings: { KEDA_MEDIC_END_STALE_PODS_EARLY: "true" },
  endPods: true,
};
