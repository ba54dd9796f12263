import type { World } from "../../../src/sandbox/world.ts";
import { type Api, jsonPatch } from "../api/client.ts";
import { adminOf, asWritten, deploymentPath } from "./admin.ts";
import { healedOnce, incident } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

const base = { keda: "2.13.1", metricsApiservers: 1 } as const;

const readiness = (path: string) => [
  { op: "replace", path: "/spec/template/spec/containers/0/readinessProbe/httpGet/path", value: path },
];

/** Somebody's rollout does not get on: its new Pod never becomes ready, the stale one stays. */
export const rolloutRunning: Scenario = {
  ...base,
  name: "14-rollout",
  title: "a rollout of KEDA is running already: waits for its end; then healed",
  moves: async (play) => {
    const { world, decided, healthy, pause, note } = play;
    const api = await adminOf(world);
    const path = deploymentPath(world, world.names.metricsApiserver);
    note("somebody rolls out a metrics-apiserver that never becomes ready");
    await api.patch(path, readiness("/nowhere"), jsonPatch);
    await incident(play);
    await decided("RolloutInProgress");
    await pause(30_000);
    note("kubectl rollout undo");
    await api.patch(path, readiness("/readyz"), jsonPatch);
    await healthy(240_000);
    await decided("Recovered");
  },
  // The broken one, its undoing, ours.
  expect: {
    rollouts: { "metrics-apiserver": 3 },
    patches: 1,
    decided: ["RolloutInProgress", "MetricsApiserverStale", "Recovered"],
    healthy: true,
    phase: "recovered",
  },
};

/** The same name, another UID; its ReplicaSet and the stale Pod are adopted. */
async function recreate(world: World, api: Api): Promise<void> {
  const path = deploymentPath(world, world.names.metricsApiserver);
  const before = await api.get(path);
  await api.remove(path, { propagationPolicy: "Orphan" });
  await world.until(
    "the Deployment to be gone",
    async () => (await api.request({ method: "GET", path })).status === 404,
  );
  await api.create(deploymentPath(world), asWritten(before));
  await world.until(
    "the new Deployment to have adopted its Pod",
    async () => {
      const { metadata, status } = await api.get(path);
      return metadata.uid !== before.metadata.uid && status?.observedGeneration === 1 && status.readyReplicas === 1;
    },
    10_000,
  );
}

export const recreated: Scenario = {
  ...base,
  name: "14-recreated",
  title: "the Deployment is deleted and made anew between look and patch: that patch is refused, the next look decides",
  moves: async (play) => {
    const { world, betweenLookAndPatch, failing, healthy, decided, pause, note } = play;
    if (betweenLookAndPatch === undefined) throw new Error("this needs functions that are processes");
    const api = await adminOf(world);
    await world.rotateSecret("selfSignedRekey");
    await pause(30_000);
    const stopped = betweenLookAndPatch(async () => {
      note("restart has looked and is stopped; the Deployment is deleted and created again");
      await recreate(world, api);
    });
    await world.oomKill("operator");
    await Promise.all([stopped, failing()]);
    await healthy(240_000);
    await decided("Recovered");
  },
  expect: {
    ...healedOnce,
    refusedPatches: 1,
  },
};

/** Three ways in which a chart is applied again: two keep what is not the chart's, `helm upgrade --force` replaces. */
async function upgrade(world: World, api: Api, manifest: ReturnType<typeof asWritten>): Promise<void> {
  const path = deploymentPath(world, world.names.metricsApiserver);
  // A three-way merge of an unchanged chart sends what the chart has, and takes away nothing.
  await api.patch(path, { spec: manifest.spec }, "application/strategic-merge-patch+json");
  await api.patch(`${path}?fieldManager=helm&force=true`, manifest, "application/apply-patch+yaml");
}

export const helmUpgrade: Scenario = {
  ...base,
  name: "14-helm",
  title: "Helm applies its manifest again after our patch, merging and replacing: no fight",
  moves: async (play) => {
    const { world, patched, healthy, decided, pause, note } = play;
    const api = await adminOf(world);
    const path = deploymentPath(world, world.names.metricsApiserver);
    const manifest = asWritten(await api.get(path));
    await incident(play);
    await patched();
    note("helm upgrade: three-way merge, server-side apply");
    await upgrade(world, api, manifest);
    await healthy();
    await decided("Recovered");
    note("helm upgrade --force: the manifest replaces the Deployment, our annotations are gone");
    await api.replace(path, manifest);
    await pause(5000);
    await healthy();
    await pause(45_000);
  },
  // Ours and Helm's.
  expect: {
    ...healedOnce,
    rollouts: { "metrics-apiserver": 2 },
    patches: 1,
  },
};

/** The replaced template is the old one: its ReplicaSet, stale Pod and all, is the present one again. */
export const helmUndoes: Scenario = {
  ...base,
  name: "14-undone",
  title: "helm upgrade --force undoes our rollout before its Pod is ready: no second patch, a person is told",
  settings: { KEDA_MEDIC_VERIFY_FOR: "4m" },
  moves: async (play) => {
    const { world, patched, decided, pause, note } = play;
    const api = await adminOf(world);
    const path = deploymentPath(world, world.names.metricsApiserver);
    const manifest = asWritten(await api.get(path));
    await incident(play);
    await patched();
    note("helm upgrade --force: the manifest replaces the Deployment, our rollout is undone");
    await api.replace(path, manifest);
    await decided("NotRecovered", 420_000);
    await pause(30_000);
  },
  expect: {
    rollouts: { "metrics-apiserver": 2 },
    patches: 1,
    decided: ["MetricsApiserverStale", "NotRecovered"],
    healthy: false,
    phase: "escalated",
  },
};
