import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { annotations } from "../../src/core/annotations.ts";
import { approvalHash } from "../../src/core/approval.ts";
import type { Component } from "../../src/core/evidence.ts";
import { formatInstant, hours, minutes, seconds } from "../../src/core/instant.ts";
import { sawAt } from "../../src/core/seen.ts";
import { goodPair } from "./cluster/pair.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

const never = async (): Promise<boolean> => false;
const requests = (processes: Processes): number => processes.emitted.filter((e) => e.type.includes("requested")).length;
const codes = (processes: Processes): readonly unknown[] =>
  processes.emitted
    .filter((e) => e.type.endsWith(".performed.v1") || e.type.endsWith(".refused.v1"))
    .filter((e) => e.type.startsWith("dev.kedamedic.restart."))
    .map((e) => (e.data as { code?: string }).code);

describe("mode observe", () => {
  test("never writes to the cluster, whatever is asked of it, and tells people once", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe", endStalePodsEarly: true } });
    await processes.hpaFailed();
    await processes.run(hours(2), never);
    const incident = await processes.incident();
    for (const component of ["operator", "metrics-apiserver"] as const)
      for (const action of ["restart", "endStalePods"] as const)
        await processes
          .of("restart")
          .restart({ incident: incident.name, component, generation: incident.generation, action });
    expect(world.writes).toEqual([]);
    expect(requests(processes)).toBe(0);
    expect(incident).toMatchObject({ phase: "watching", decision: { kind: "restart", code: "MetricsApiserverStale" } });
    expect(processes.reports()).toEqual(["dev.kedamedic.incident.opened.v1"]);
  });

  test("a restart that observes does nothing although respond acts", async () => {
    const world = World.metricsApiserverStale();
    const acting = new Processes(world);
    const observing = new Processes(world, { store: acting.store, policy: { mode: "observe" } });
    await acting.hpaFailed();
    for (const event of acting.bus) await observing.deliverOne(event);
    expect(world.writes).toEqual([]);
    expect(codes(observing)).toEqual(["NotAllowed"]);
  });

  test("an incident that was closed and comes back is open again", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    await processes.hpaFailed();
    world.rolloutRestart("metrics-apiserver");
    await processes.run(minutes(20));
    const first = await processes.incident();
    expect(first).toMatchObject({ phase: "closed", outcome: { result: "recoveredWithoutUs" } });
    world.rotate();
    world.now += minutes(3);
    world.oomKill("operator");
    world.rolloutRestart("metrics-apiserver");
    await processes.run(minutes(10), never);
    world.rollBack();
    world.now += minutes(3);
    world.oomKill("operator");
    await processes.run(minutes(10), never);
    const [back, ...others] = (await processes.incidents()).filter((i) => i.phase !== "closed");
    expect(others).toEqual([]);
    expect(back).toMatchObject({ phase: "watching", decision: { kind: "restart", code: "MetricsApiserverStale" } });
    expect(back?.dueAt).toBeDefined();
    expect(back?.outcome).toBeUndefined();
    expect({ name: back?.name, openedAt: back?.openedAt }).toEqual({ name: first.name, openedAt: first.openedAt });
  });
});

describe("mode approve", () => {
  const approve = { policy: { mode: "approve" } } as const;

  /** The annotation that a person writes to approve what the incident says now. */
  async function approval(processes: Processes, change: { pods?: readonly string[]; generation?: string } = {}) {
    const { name, generation, decision } = await processes.incident();
    const pods = change.pods ?? processes.world.podNames("metrics-apiserver");
    return approvalHash({
      incident: name,
      generation: change.generation ?? generation,
      targets: decision?.targets ?? [],
      diagnosis: { code: decision?.code ?? "", stale: [{ component: "metrics-apiserver", pods }] },
    });
  }

  async function waiting(): Promise<Processes> {
    const processes = new Processes(World.metricsApiserverStale(), approve);
    await processes.hpaFailed();
    await processes.run(minutes(10), never);
    return processes;
  }

  const write = (
    processes: Processes,
    hash: string,
    at = processes.world.now,
    target: Component = "metrics-apiserver",
  ) => processes.world.annotate(target, annotations.approved, `${hash} ${formatInstant(at)}`);

  test("does nothing before it is approved, and asks once", async () => {
    const processes = await waiting();
    expect(processes.world.writes).toEqual([]);
    expect(requests(processes)).toBe(0);
    expect(processes.reports()).toEqual(["dev.kedamedic.incident.opened.v1"]);
  });

  test("acts when the annotation carries the hash of this very plan", async () => {
    const processes = await waiting();
    write(processes, await approval(processes));
    await processes.run(minutes(30));
    expect(processes.world.restarts("metrics-apiserver")).toBe(1);
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
  });

  test("an approval of other evidence does nothing", async () => {
    const processes = await waiting();
    write(processes, await approval(processes, { pods: ["keda-metrics-apiserver-1-12"] }));
    await processes.run(minutes(30), never);
    expect(processes.world.writes).toEqual([]);
  });

  test("an approval of another generation does nothing", async () => {
    const processes = await waiting();
    write(processes, await approval(processes, { generation: "f".repeat(64) }));
    await processes.run(minutes(30), never);
    expect(processes.world.writes).toEqual([]);
  });

  test("an approval on another Deployment than the target does nothing", async () => {
    const processes = await waiting();
    write(processes, await approval(processes), processes.world.now, "operator");
    await processes.run(minutes(30), never);
    expect(processes.world.writes).toEqual([]);
  });

  test("an approval that is older than an hour does nothing", async () => {
    const processes = await waiting();
    write(processes, await approval(processes), processes.world.now - minutes(61));
    await processes.run(minutes(30), never);
    expect(processes.world.writes).toEqual([]);
  });

  test("an approval that expires between request and restart does nothing", async () => {
    const processes = await waiting();
    write(processes, await approval(processes), processes.world.now - minutes(59));
    await processes.sweep();
    expect(requests(processes)).toBe(1);
    processes.world.now += minutes(2);
    await processes.deliver();
    expect(processes.world.writes).toEqual([]);
    expect(codes(processes)).toContain("NotAllowed");
  });

  test("an approval skips no check: a pause still stops the restart", async () => {
    const processes = await waiting();
    write(processes, await approval(processes));
    processes.world.annotate("metrics-apiserver", annotations.paused, "hands off");
    await processes.run(minutes(30), never);
    expect(processes.world.writes).toEqual([]);
  });
});

describe("restart looks again", () => {
  /** A request is on its way, nothing was done yet. */
  async function requested(make: () => World = World.metricsApiserverStale): Promise<Processes> {
    const processes = new Processes(make());
    await processes.hpaFailed();
    expect(requests(processes)).toBe(1);
    return processes;
  }

  test.each<[string, string, (world: World) => void]>([
    ["the Secret's leaf is not signed by its CA", "OtherGeneration", (w) => w.breakSecret("leafNotSignedByCa")],
    ["the Secret's key belongs to another leaf", "SecretKeyMismatch", (w) => w.breakSecret("keyOfAnother")],
    ["the Secret lost its CA", "SecretIncomplete", (w) => w.breakSecret("noCa")],
    ["the Secret is gone", "SecretMissing", (w) => w.breakSecret("gone")],
    ["a newer generation was written", "OtherGeneration", (w) => w.rotate()],
    [
      "a person paused the target",
      "PausedByAnnotation",
      (w) => w.annotate("metrics-apiserver", annotations.paused, "no"),
    ],
    ["the target's rollout is paused", "DeploymentPaused", (w) => w.pauseRollout("metrics-apiserver")],
    ["a person restarts the target", "RolloutInProgress", (w) => w.rolloutRestart("metrics-apiserver")],
    ["the target was re-created", "RolloutInProgress", (w) => w.recreate("metrics-apiserver")],
    ["the cluster cannot be reached", "CouldNotLook", (w) => Object.assign(w, { reachable: false })],
  ])("and refuses when %s", async (_what, code, change) => {
    const processes = await requested();
    const { world } = processes;
    change(world);
    world.now += seconds(2);
    await processes.deliver();
    expect(world.writes).toEqual([]);
    expect(codes(processes)).toContain(code);
  });

  test("and refuses when the target was re-created and is healthy by now", async () => {
    const processes = await requested();
    const { world } = processes;
    world.recreate("metrics-apiserver");
    world.now += minutes(3);
    await processes.deliver();
    expect(world.writes).toEqual([]);
  });

  test("a Deployment that changes between look and patch is looked at again", async () => {
    let changes = 1;
    const world = World.metricsApiserverStale();
    const gate = async (name: string) => {
      if (name === "restart: restart" && changes-- > 0) world.annotate("metrics-apiserver", "somebody", "else");
    };
    const processes = new Processes(world, { gate });
    await processes.hpaFailed();
    await processes.deliver();
    expect(world.writes).toHaveLength(2);
    expect(world.patches).toHaveLength(1);
  });

  test("a Deployment that is re-created between look and patch is not patched", async () => {
    const world = World.metricsApiserverStale();
    let recreated = false;
    const gate = async (name: string) => {
      if (name !== "restart: restart" || recreated) return;
      recreated = true;
      world.recreate("metrics-apiserver");
      world.now += seconds(2);
    };
    const processes = new Processes(world, { gate });
    await processes.hpaFailed();
    await processes.deliver();
    expect(recreated).toBe(true);
    expect(world.patches).toEqual([]);
  });

  test("a look that took too long is no ground to act on", async () => {
    const world = World.metricsApiserverStale();
    const gate = async (name: string) => {
      if (name === "restart: loadInstallation") world.now += seconds(21);
    };
    const processes = new Processes(world, { gate });
    await processes.hpaFailed();
    await processes.deliver();
    expect(world.writes).toEqual([]);
    expect(codes(processes)).toEqual(["LookTooOld"]);
  });

  test("a request that comes twice is done once, and both times reported as done", async () => {
    const processes = await requested();
    for (const event of processes.bus.splice(0)) {
      await processes.deliverOne(event);
      processes.world.now += seconds(1);
      await processes.deliverOne(event);
    }
    expect(processes.world.writes).toHaveLength(1);
    expect(codes(processes)).toEqual(["Restarted", "AlreadyRestarted"]);
  });

  test("and refuses when the plan was taken back while it looked", async () => {
    const world = World.metricsApiserverStale();
    const gate = async (name: string) => {
      if (name !== "restart: apiService") return;
      const [found] = await processes.store.listIncidents();
      if (found === undefined) return;
      const { plan: _dropped, ...document } = found.document;
      await processes.store.saveIncident(document, found.version);
    };
    const processes: Processes = new Processes(world, { gate });
    await processes.hpaFailed();
    await processes.deliver();
    expect(world.writes).toEqual([]);
    expect(codes(processes)).toContain("NotReserved");
  });

  test("and refuses when another side must be restarted first by now", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { coolDown: 0 } });
    await processes.hpaFailed();
    const { tlsCrt = "" } = goodPair(0, 0);
    world.probe = async () => sawAt({ chain: [tlsCrt] }, world.now);
    for (const event of processes.bus.splice(0)) await processes.deliverOne(event);
    expect(world.writes).toEqual([]);
    expect(codes(processes)).toContain("OtherTarget");
  });

  test("a patch whose answer is lost is not repeated: the Deployment remembers", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    const original = world.restart.bind(world);
    world.restart = async (patch) => {
      await original(patch);
      return { patched: false, reason: "Unreachable", detail: "connection reset" };
    };
    await processes.hpaFailed();
    await processes.run(minutes(30));
    expect(world.patches).toHaveLength(1);
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
  });
});

describe("an event alone never causes a restart", () => {
  const forged = { component: "metrics-apiserver", generation: "0".repeat(64) } as const;

  test("a request for an incident that is not on record costs one store call and no look", async () => {
    const world = World.metricsApiserverStale();
    const calls: string[] = [];
    const processes = new Processes(world, { gate: async (name) => calls.push(name) });
    await processes.of("restart").restart({ ...forged, incident: "test.keda.000000000000" });
    expect(calls).toEqual(["restart: loadIncident", "restart: emit"]);
    expect(codes(processes)).toEqual(["NoSuchIncident"]);
  });

  test("a request for a component that is not in the plan is refused without a look", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    const looked = processes.world.looks.length;
    const { name, generation } = await processes.incident();
    await processes.of("restart").restart({ incident: name, component: "operator", generation });
    expect(processes.world.looks).toHaveLength(looked);
    expect(processes.world.writes).toEqual([]);
    expect(codes(processes)).toEqual(["NotReserved"]);
  });

  test("a request for another generation than the incident's is refused without a look", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    const looked = processes.world.looks.length;
    const { name } = await processes.incident();
    await processes.of("restart").restart({ ...forged, incident: name });
    expect(processes.world.looks).toHaveLength(looked);
    expect(processes.world.writes).toEqual([]);
    expect(codes(processes)).toEqual(["OtherGeneration"]);
  });

  test("a request for the second step before the first is done is refused", async () => {
    const processes = new Processes(World.bothStale());
    await processes.hpaFailed();
    const { name, generation } = await processes.incident();
    await processes.of("restart").restart({ incident: name, component: "metrics-apiserver", generation });
    expect(processes.world.writes).toEqual([]);
    expect(codes(processes)).toEqual(["NotReserved"]);
  });

  test("a request that is repeated after the restart is answered from the record", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    const request = processes.bus.find((e) => e.type.includes("requested"));
    await processes.run(minutes(2), never);
    const looked = processes.world.looks.length;
    if (request !== undefined) await processes.deliverOne(request);
    expect(processes.world.looks).toHaveLength(looked);
    expect(processes.world.patches).toHaveLength(1);
    expect(codes(processes).at(-1)).toBe("AlreadyRestarted");
  });

  test("an incident that is over is no ground for a restart", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    processes.bus = [];
    processes.world.rolloutRestart("metrics-apiserver");
    await processes.run(minutes(30));
    const { name, generation, phase } = await processes.incident();
    expect(phase).toBe("closed");
    await processes.of("restart").restart({ incident: name, component: "metrics-apiserver", generation });
    expect(processes.world.writes).toEqual([]);
  });

  test("a request that outlives its generation is refused without a look, even when that generation comes back", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    const held = processes.bus.splice(0).filter((e) => e.type.includes("requested"));
    const { world } = processes;
    world.rotate();
    world.now += seconds(20);
    await processes.sweep();
    world.rollBack();
    const looked = world.looks.length;
    for (const event of held) await processes.deliverOne(event);
    expect(held).toHaveLength(1);
    expect(world.looks).toHaveLength(looked);
    expect(world.writes).toEqual([]);
    expect(codes(processes)).toEqual(["NotReserved"]);
  });

  test("the incident of another cluster that shares store and generation is no ground for a restart here", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    const incident = await processes.incident();
    const other = { ...incident, name: incident.name.replace("test", "other"), installation: "other.keda" };
    await processes.store.saveIncident(other, undefined);
    const request = { incident: other.name, component: "metrics-apiserver", generation: incident.generation } as const;
    await processes.of("restart").restart(request);
    expect(processes.world.writes).toEqual([]);
    expect(codes(processes)).toEqual(["OtherInstallation"]);
  });
});
