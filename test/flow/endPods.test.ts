import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { annotations } from "../../src/core/annotations.ts";
import type { PodFacts, WorkloadFacts } from "../../src/core/evidence.ts";
import type { PlanStep } from "../../src/core/incident.ts";
import { minutes, seconds } from "../../src/core/instant.ts";
import { podsToEnd } from "../../src/core/stalePods.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

const early = { policy: { endStalePodsEarly: true } } as const;
const codes = (processes: Processes): readonly unknown[] =>
  processes.emitted
    .filter((e) => e.type === "dev.kedamedic.pods.ended.v1" || e.type === "dev.kedamedic.pods.end-refused.v1")
    .map((e) => (e.data as { code?: string }).code);

/** The restart is done, its replacements are Ready, the stale Pods are still terminating. */
async function terminating(): Promise<Processes> {
  const processes = new Processes(World.metricsApiserverStale(), early);
  await processes.hpaFailed();
  await processes.deliver();
  processes.world.now += seconds(9);
  return processes;
}

async function endRequest(processes: Processes) {
  const { name: incident, generation } = await processes.incident();
  return { incident, component: "metrics-apiserver", generation, action: "endStalePods" } as const;
}

describe("policy endStalePodsEarly", () => {
  test("is off by default: no Pod is ever ended", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    await processes.run(minutes(30));
    expect(processes.world.ended).toEqual([]);
    expect(processes.emitted.map((e) => e.type).filter((type) => type.includes("pods"))).toEqual([]);
  });

  test("ends exactly the Pods that were proven stale, as soon as others took their place", async () => {
    const world = World.metricsApiserverStale();
    const stale = world.podNames("metrics-apiserver");
    const processes = new Processes(world, early);
    await processes.hpaFailed();
    await processes.run(minutes(30));
    expect(world.ended.map((pod) => pod.name)).toEqual(stale);
    const [patch] = world.patches;
    for (const { at } of world.ended) expect(at - (patch?.at ?? 0)).toBeLessThanOrEqual(seconds(12));
    expect((await processes.incident()).phase).toBe("recovered");
  });

  test("ends nothing of a Deployment that a person paused meanwhile", async () => {
    const processes = await terminating();
    await processes.sweep();
    processes.world.annotate("metrics-apiserver", annotations.paused, "hands off");
    await processes.of("restart").restart(await endRequest(processes));
    expect(codes(processes)).toEqual(["PausedByAnnotation"]);
    expect(processes.world.ended).toEqual([]);
  });

  test("asks by an event of its own that names incident, component and generation, and nothing else", async () => {
    const processes = await terminating();
    await processes.sweep();
    const { action: _action, ...data } = await endRequest(processes);
    const [request] = processes.bus.filter((e) => e.type === "dev.kedamedic.pods.end-requested.v1");
    expect(request?.data).toEqual(data);
    await processes.deliver();
    expect(codes(processes)).toEqual(["PodsEnded"]);
  });

  test("the request stays until a look shows that the Pods are gone", async () => {
    const processes = await terminating();
    await processes.sweep();
    processes.bus = [];
    expect((await processes.incident()).effects).toMatchObject([{ kind: "requestEndPods", attempts: 1 }]);
    processes.world.now += seconds(31);
    await processes.sweep();
    expect((await processes.incident()).effects).toEqual([]);
  });

  test("records names and UIDs of stale Pods when the plan is reserved", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    const [step] = (await processes.incident()).plan?.steps ?? [];
    expect(step?.stalePods?.map((pod) => pod.name)).toEqual(processes.world.podNames("metrics-apiserver"));
    expect(step?.stalePods?.every((pod) => pod.uid.startsWith("pod-"))).toBe(true);
  });
});

describe("restart ends no Pod", () => {
  test.each([
    ["without the policy", { endStalePodsEarly: false }],
    ["in mode observe", { mode: "observe" }],
  ] as const)("%s, whatever is asked", async (_what, policy) => {
    const acting = await terminating();
    const { world, store } = acting;
    const other = new Processes(world, { store, policy: { ...early.policy, ...policy } });
    await other.of("restart").restart(await endRequest(acting));
    expect(world.ended).toEqual([]);
    expect(codes(other)).toEqual(["NotAllowed"]);
  });

  test("before the replacements are Ready", async () => {
    const processes = await terminating();
    processes.world.now -= seconds(3);
    await processes.of("restart").restart(await endRequest(processes));
    expect(processes.world.ended).toEqual([]);
    expect(codes(processes)).toEqual(["NoStalePods"]);
  });

  test("before the restart itself was made", async () => {
    const processes = new Processes(World.metricsApiserverStale(), early);
    await processes.hpaFailed();
    processes.world.rolloutRestart("metrics-apiserver");
    processes.world.now += seconds(9);
    await processes.of("restart").restart(await endRequest(processes));
    expect(processes.world.ended).toEqual([]);
  });

  test("of a component that the plan does not name", async () => {
    const processes = await terminating();
    await processes.of("restart").restart({ ...(await endRequest(processes)), component: "operator" });
    expect(processes.world.ended).toEqual([]);
    expect(codes(processes)).toEqual(["NotReserved"]);
  });

  test("for an incident that is not on record", async () => {
    const processes = await terminating();
    await processes.of("restart").restart({ ...(await endRequest(processes)), incident: "test.keda.000000000000" });
    expect(processes.world.ended).toEqual([]);
    expect(codes(processes)).toEqual(["NoSuchIncident"]);
  });

  test("of an incident that is over", async () => {
    const processes = new Processes(World.metricsApiserverStale(), early);
    await processes.hpaFailed();
    await processes.run(minutes(30));
    const { length } = processes.world.ended;
    await processes.of("restart").restart(await endRequest(processes));
    expect(processes.world.ended).toHaveLength(length);
    expect(codes(processes).at(-1)).toBe("NotReserved");
  });

  test("that a later rollout of somebody else's replaces: only what was proven stale may go early", async () => {
    const processes = await terminating();
    const { world } = processes;
    const fresh = world.podNames("metrics-apiserver").slice(2);
    world.rolloutRestart("metrics-apiserver");
    world.now += seconds(10);
    await processes.of("restart").restart(await endRequest(processes));
    expect(world.ended.map((pod) => pod.name).filter((name) => fresh.includes(name))).toEqual([]);
  });

  test.each(["NotFound", "Conflict"] as const)("that is gone or another by now (%s), and goes on", async (reason) => {
    const processes = await terminating();
    const { world } = processes;
    const request = await endRequest(processes);
    const [first = "", second = ""] = world.podNames("metrics-apiserver");
    const original = world.endPod.bind(world);
    world.endPod = async (pod) => (pod.name === first ? { patched: false, reason, detail: "gone" } : original(pod));
    await processes.of("restart").restart(request);
    expect(world.ended.map((pod) => pod.name)).toEqual([second]);
  });

  test("and says so when the right is missing", async () => {
    const processes = await terminating();
    processes.world.endPod = async () => ({ patched: false, reason: "Forbidden", detail: "pods delete" });
    await processes.of("restart").restart(await endRequest(processes));
    expect(codes(processes)).toEqual(["PodNotEnded"]);
  });
});

describe("the Pods that may be ended", () => {
  const pod = (name: string, uid: string, more: Partial<PodFacts> = {}): PodFacts => ({
    name,
    uid,
    createdAt: 0,
    deleting: false,
    ready: true,
    restarts: 0,
    ...more,
  });
  const leaving = { deleting: true, ready: false };
  const generation = "a".repeat(64);
  const step: PlanStep = {
    component: "metrics-apiserver",
    namespace: "keda",
    name: "keda-metrics-apiserver",
    state: "performed",
    stalePods: [{ name: "old", uid: "1" }],
  };
  const workload = (pods: readonly PodFacts[], more: Partial<WorkloadFacts> = {}): WorkloadFacts => ({
    component: "metrics-apiserver",
    namespace: "keda",
    name: "keda-metrics-apiserver",
    uid: "d",
    resourceVersion: "1",
    replicas: 1,
    paused: false,
    rollout: "complete",
    restartedFor: generation,
    gracePeriodSeconds: 30,
    pods,
    ...more,
  });
  const fine = [pod("old", "1", leaving), pod("new", "2")];

  test("are recorded, terminating and replaced by Ready ones", () => {
    expect(podsToEnd(step, workload(fine), generation)).toEqual([{ name: "old", uid: "1" }]);
  });

  test.each<[string, PlanStep | undefined, WorkloadFacts | undefined]>([
    ["are none without a step", undefined, workload(fine)],
    ["are none of a Deployment that was not seen", step, undefined],
    ["are none before the restart is done", { ...step, state: "requested" }, workload(fine)],
    ["are none where nothing was recorded", { ...step, stalePods: [] }, workload(fine)],
    ["are none of another UID", step, workload([pod("old", "9", leaving), pod("new", "2")])],
    ["are none that are not terminating", step, workload([pod("old", "1"), pod("new", "2")])],
    ["are none while the rollout runs", step, workload(fine, { rollout: "running" })],
    ["are none while a replacement is not Ready", step, workload([...fine, pod("slow", "3", { ready: false })])],
    ["are none without a replacement", step, workload([pod("old", "1", leaving)])],
    ["are none when the Deployment was restarted for another generation", step, workload(fine, { restartedFor: "b" })],
  ])("%s", (_rule, of, seen) => {
    expect(podsToEnd(of, seen, generation)).toEqual([]);
  });
});
