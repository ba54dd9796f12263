import type { Scenario } from "./scenario.ts";

export const safe: Scenario = {
  name: "5",
  title: "leaf renewed under the same CA, then the CA with the same key: nothing restarted while it works",
  keda: "2.13.1",
  metricsApiservers: 1,
  issuer: "chart",
  moves: async ({ world, pause, decided, healthy }) => {
    await world.rotateSecret("leafOnly");
    await pause(15_000);
    await world.oomKill("operator");
    await pause(45_000);
    await healthy();
    await decided("SafeRotation");
    await world.rotateSecret("caSameKey");
    // Seen while the operator still shows the leaf from before; what the metrics-apiserver holds is by then two rotations old.
    await decided("SafeRotation");
    await pause(15_000);
    await world.oomKill("operator");
    await pause(45_000);
    await healthy();
  },
  expect: { healthy: true, decided: ["SafeRotation"], never: ["MetricsApiserverStale", "OperatorStale"] },
};

export const latent: Scenario = {
  name: "6",
  title: "rotation and nothing else: reported as latent before any outage",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ world, decided, pause }) => {
    await world.rotateSecret("selfSignedRekey");
    await decided("LatentMismatch");
    await pause(20_000);
  },
  expect: { healthy: true, decided: ["LatentMismatch"] },
};

export const latentRestarted: Scenario = {
  ...latent,
  name: "6-restart",
  title:
    "the same with policy restartOnLatent, killed between the two steps: both restarted as one plan, operator first",
  settings: { KEDA_MEDIC_RESTART_ON_LATENT: "true" },
  moves: async ({ world, patched, crash, healthy, decided }) => {
    await world.rotateSecret("selfSignedRekey");
    await patched(240_000);
    await Promise.all([crash("restart"), crash("respond"), crash("sweep")]);
    await world.until("both to be rolled out", async () => (await world.rollouts("metrics-apiserver")) === 1, 240_000);
    await healthy(240_000);
    await decided("Recovered");
  },
  expect: { rollouts: { operator: 1, "metrics-apiserver": 1 }, patches: 2, decided: ["Recovered"], healthy: true },
};

export const mixed: Scenario = {
  name: "4",
  title: "one of three metrics-apiserver Pods is new, two are stale",
  keda: "2.13.1",
  metricsApiservers: 3,
  moves: async ({ world, pause, decided, healthy, failing }) => {
    await world.rotateSecret("selfSignedRekey");
    await pause(15_000);
    // A container that starts again in place loads the new pair.
    await world.oomKill("metrics-apiserver");
    await pause(5_000);
    await world.oomKill("operator");
    await failing();
    await decided("MetricsApiserversMixed");
    await healthy();
    await decided("Recovered");
  },
  expect: {
    rollouts: { "metrics-apiserver": 1 },
    decided: ["MetricsApiserversMixed", "Recovered"],
    healthy: true,
    phase: "recovered",
  },
};
