import { healedOnce, incident } from "./incident.ts";
import type { Play, Scenario } from "./scenario.ts";

async function seed(play: Play): Promise<void> {
  await incident(play);
  await play.decided("MetricsApiserverStale");
  await play.healthy();
  await play.decided("Recovered");
}

export const seedTwo: Scenario = {
  name: "1",
  title: "the seed: ca.crt == tls.crt re-keyed, 30 s later operator OOMKilled; 2 metrics-apiservers",
  keda: "2.13.1",
  metricsApiservers: 2,
  moves: seed,
  expect: healedOnce,
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
