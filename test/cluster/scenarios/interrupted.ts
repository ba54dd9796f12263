import { setTimeout as sleep } from "node:timers/promises";
import { hasTimedOut } from "../world/picture.ts";
import { healedOnce, incident } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

export const apiServerDown: Scenario = {
  name: "16",
  title: "the API server is down for 60 s in the middle: finishes afterwards",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async (play) => {
    const { world, pause, healthy, decided } = play;
    await incident(play);
    await world.cutNetwork("apiserver");
    await pause(60_000);
    await world.healNetwork();
    await healthy(240_000);
    await decided("Recovered");
  },
  expect: { rollouts: { "metrics-apiserver": 1 }, decided: ["Recovered"], healthy: true },
};

export const paused: Scenario = {
  name: "14",
  title: "the Deployment is paused: left alone; resumed: healed",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ world, pause, failing, decided, healthy }) => {
    await world.rotateSecret("selfSignedRekey");
    await world.pauseRollout("metrics-apiserver");
    await pause(30_000);
    await world.oomKill("operator");
    await failing();
    await decided("DeploymentPaused");
    await world.resumeRollout("metrics-apiserver");
    await healthy(240_000);
    await decided("Recovered");
  },
  expect: { rollouts: { "metrics-apiserver": 1 }, decided: ["DeploymentPaused", "Recovered"], healthy: true },
};

export const twoHosts: Scenario = {
  name: "15",
  title: "two hosts of every function at once: one restart",
  keda: "2.13.1",
  metricsApiservers: 1,
  hosts: 2,
  moves: async (play) => {
    play.world.events.duplicate(2);
    await incident(play);
    await play.healthy();
    await play.decided("Recovered");
  },
  expect: { rollouts: { "metrics-apiserver": 1 }, decided: ["MetricsApiserverStale", "Recovered"], healthy: true },
};

/** No history: what the old Pods held is not known, and the log's text cannot be predicted. */
export const installedLate: Scenario = {
  name: "16-late",
  title: "keda-medic is installed in the middle of an outage: decides without history",
  keda: "2.13.1",
  metricsApiservers: 1,
  before: async (world) => {
    await world.rotateSecret("selfSignedRekey");
    await sleep(10_000);
    await world.oomKill("operator");
    await world.until("an HPA to fail with a 504", async () => (await world.hpas()).some(hasTimedOut));
  },
  moves: async ({ healthy, decided }) => {
    await decided("MetricsApiserverStale");
    await healthy();
    await decided("Recovered");
  },
  expect: healedOnce,
};
