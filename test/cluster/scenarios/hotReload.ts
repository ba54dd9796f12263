import { asItIs } from "../../../src/sandbox/cluster/caInjector.ts";
import { healedOnce } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

export const hotReload: Scenario = {
  name: "8",
  title: "rotation and OOM kill with a KEDA that reloads: nothing restarted",
  keda: "2.20.2",
  metricsApiservers: 2,
  moves: async ({ world, pause, decided, healthy }) => {
    await world.rotateSecret("selfSignedRekey");
    await pause(30_000);
    await world.oomKill("operator");
    await pause(60_000);
    await healthy();
    await decided("Healthy");
    await pause(15_000);
  },
  expect: { healthy: true, never: ["MetricsApiserverStale", "OperatorStale"] },
};

export const reloadImpossible: Scenario = {
  ...hotReload,
  name: "8b",
  title: "the same with subPath mounts, which never change: after its longer wait treated as stale",
  moves: async ({ world, pause, failing, decided, healthy, holdCaBundle }) => {
    // :6443 cannot reload either: with a new bundle hop A would fail first, and nobody would see hop B.
    await holdCaBundle(asItIs);
    await world.rotateSecret("selfSignedRekey");
    await pause(30_000);
    // A new Pod: the operator's old container could not see the new files either.
    await world.restartDeployment("operator");
    await failing(240_000);
    await decided("MetricsApiserverStale", 420_000);
    await holdCaBundle(undefined);
    await healthy(240_000);
    await decided("Recovered");
  },
  subPath: true,
  expect: {
    ...healedOnce,
    rollouts: { operator: 1, "metrics-apiserver": 1 },
    patches: 1,
  },
};
