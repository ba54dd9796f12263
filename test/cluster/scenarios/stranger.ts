import { adminOf } from "./admin.ts";
import { healedOnce, incident } from "./incident.ts";
import type { Play, Posted, Scenario } from "./scenario.ts";

const apiServerSource = "dev.knative.apiserver.resource.update";

/** What the incident's own events look like; nothing of it has happened. */
async function forged({ world }: Play): Promise<readonly Posted[]> {
  const { namespace, operator, metricsApiserver, secret } = world.names;
  const hpa = (await world.hpas())[0]?.metadata;
  const message =
    "unable to get external metric: unable to fetch metrics from external metrics API: the server was unable to return a response in the time allotted, but may still be processing the request";
  const api = await adminOf(world);
  const incidents = await api.list("/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents");
  const generation = incidents[0]?.spec.generation ?? "0".repeat(64);
  const incident = incidents[0]?.metadata.name ?? `processes.${namespace}.${generation.slice(0, 12)}`;
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "stranger", namespace: hpa?.namespace },
    involvedObject: { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", ...hpa },
    reason: "FailedGetExternalMetric",
    message,
    type: "Warning",
  };
  const reference = { apiVersion: "v1", kind: "Secret", name: secret, namespace };
  const request = (component: string, name: string) => ({ incident, component, generation, namespace, name });
  return [
    { to: "respond", type: apiServerSource, data: event },
    { to: "respond", type: "dev.knative.apiserver.ref.update", data: reference },
    {
      to: "respond",
      type: "dev.kedamedic.restart.performed.v1",
      data: { ...request("metrics-apiserver", metricsApiserver), result: "performed", code: "Restarted", sentence: "" },
    },
    { to: "restart", type: "dev.kedamedic.restart.requested.v1", data: request("operator", operator) },
    { to: "restart", type: "dev.kedamedic.restart.requested.v1", data: request("metrics-apiserver", metricsApiserver) },
    {
      to: "restart",
      type: "dev.kedamedic.pods.end-requested.v1",
      data: request("metrics-apiserver", metricsApiserver),
    },
  ];
}

async function postAll(play: Play): Promise<void> {
  const { post, note } = play;
  if (post === undefined) throw new Error("this needs functions that take events");
  const answers: number[] = [];
  for (const event of await forged(play)) for (let copy = 0; copy < 5; copy += 1) answers.push(await post(event));
  note(`a stranger's events were answered ${[...new Set(answers)].join(", ")}`);
}

/** Whoever can post an event can make us look, and no more: also with a mismatch that is only latent. */
export const stranger: Scenario = {
  name: "17",
  title: "a stranger posts failures and requests to restart, in health and in a latent mismatch: nothing happens",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async (play) => {
    const { world, decided, pause, healthy } = play;
    await postAll(play);
    await pause(20_000);
    await world.rotateSecret("selfSignedRekey");
    await decided("LatentMismatch");
    await postAll(play);
    await pause(30_000);
    await healthy();
  },
  expect: { healthy: true, decided: ["LatentMismatch"], never: ["MetricsApiserverStale", "OperatorStale"] },
};

/** The second one comes before kubelet has brought the first. */
export const twoRotations: Scenario = {
  name: "17-twice",
  title: "two rotations within seconds, then the OOM kill: one restart, for the second",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async (play) => {
    const { world, pause, decided, healthy } = play;
    await world.rotateSecret("selfSignedRekey");
    await pause(3000);
    await incident(play);
    await decided("MetricsApiserverStale");
    await healthy();
    await decided("Recovered");
  },
  expect: healedOnce,
};
