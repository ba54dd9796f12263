import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { annotations } from "../../src/core/annotations.ts";
import { openIncident } from "../../src/core/evolve.ts";
import { days, hours, minutes, seconds } from "../../src/core/instant.ts";
import { installationName } from "../../src/core/names.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import type { Break } from "./cluster/pair.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

const never = async (): Promise<boolean> => false;
const breaker = async (processes: Processes): Promise<readonly string[]> =>
  (await processes.store.loadInstallation(installationName("test", "keda")))?.document.breaker ?? [];
const count = (processes: Processes, type: string): number =>
  processes.reports().filter((t) => t.includes(type)).length;

describe("a restart that does not help", () => {
  /** The restart is done, and the HPAs go on failing for a reason of their own. */
  async function hopeless(): Promise<{ processes: Processes; restartedAt: number }> {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.deliver();
    world.stuckFrom = world.now;
    return { processes, restartedAt: world.now };
  }

  test("is not called failed before five minutes after the rollout, then it is escalated and the breaker opens", async () => {
    const { processes, restartedAt } = await hopeless();
    await processes.run(minutes(60));
    const incident = await processes.incident();
    expect(incident).toMatchObject({
      phase: "escalated",
      decision: { code: "NotRecovered" },
      outcome: { result: "notRecovered" },
    });
    const failedAfter = (incident.outcome?.at ?? 0) - (restartedAt + seconds(8));
    expect(failedAfter).toBeGreaterThanOrEqual(minutes(5) - seconds(1));
    expect(failedAfter).toBeLessThan(minutes(6));
    expect(await breaker(processes)).toEqual([incident.generation]);
  });

  test("is never tried again, and people are told once of it and once of each cause that is found", async () => {
    const { processes } = await hopeless();
    await processes.run(hours(6), never);
    expect(processes.world.patches).toHaveLength(1);
    expect((await processes.incident()).phase).toBe("escalated");
    const told = processes.emitted.filter((e) => e.type === "dev.kedamedic.incident.escalated.v1");
    const codes = told.map((e) => (e.data as { decision: { code: string } }).decision.code);
    expect(codes).toEqual(["NotRecovered", "GrpcStuck"]);
  });

  test("is closed when its cause heals after all", async () => {
    const { processes } = await hopeless();
    await processes.run(minutes(20), never);
    processes.world.stuckFrom = Number.POSITIVE_INFINITY;
    await processes.run(minutes(20), never);
    expect(await processes.incident()).toMatchObject({ phase: "closed" });
    expect(count(processes, "closed")).toBe(1);
  });
});

describe("recovery", () => {
  test("must be seen twice, one HPA period apart", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    await processes.run(minutes(30));
    const { recoverySeenAt, outcome } = await processes.incident();
    expect(recoverySeenAt).toBeUndefined();
    expect(outcome?.sentence).toContain("seen twice");
  });

  test("that came without us closes the incident", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    processes.bus = [];
    processes.world.rolloutRestart("metrics-apiserver");
    await processes.run(minutes(30));
    expect(await processes.incident()).toMatchObject({ phase: "closed", outcome: { result: "recoveredWithoutUs" } });
    expect(processes.world.writes).toEqual([]);
  });

  test("nothing is looked after once an incident is over", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.hpaFailed();
    await processes.run(minutes(30));
    processes.world.now += minutes(1);
    const writes = processes.writes.length;
    await processes.run(hours(2), never);
    expect(processes.writes).toHaveLength(writes);
  });
});

describe("a Secret that is not usable", () => {
  test.each<Break>(["leafNotSignedByCa", "noCa", "keyOfAnother", "gone"])(
    "stops us (%s), and we go on by ourselves when it is repaired",
    async (kind) => {
      const world = World.metricsApiserverStale();
      world.breakSecret(kind);
      const processes = new Processes(world);
      await processes.hpaFailed();
      await processes.run(minutes(20), never);
      expect(world.writes).toEqual([]);
      const [refused] = await processes.incidents();
      expect(refused).toMatchObject({ phase: "watching", decision: { kind: "refuse" } });
      expect(count(processes, "refused")).toBe(1);
      world.repairSecret();
      await processes.run(minutes(60));
      expect(world.restarts("metrics-apiserver")).toBe(1);
      expect(world.healthy()).toBe(true);
      expect(await processes.over()).toBe(true);
      expect((await processes.incidents()).filter((i) => i.phase === "recovered")).toHaveLength(1);
    },
  );

  test.each<Break>(["leafNotSignedByCa", "noCa", "keyOfAnother", "gone"])(
    "between the two steps of a plan (%s) pages at once, and the second step is done when it is repaired",
    async (kind) => {
      const world = World.bothStale();
      const processes = new Processes(world);
      await processes.hpaFailed();
      await processes.run(minutes(5), async () => world.patches.length === 1);
      world.now += seconds(9);
      world.breakSecret(kind);
      await processes.run(minutes(5), never);
      expect(count(processes, kind === "leafNotSignedByCa" ? "refused" : "escalated")).toBe(1);
      world.repairSecret();
      await processes.run(minutes(60), async () => world.healthy() && (await processes.over()));
      expect(world.patches.map((patch) => patch.component)).toEqual(["operator", "metrics-apiserver"]);
      expect(world.healthy()).toBe(true);
      expect(await processes.over()).toBe(true);
    },
  );

  test.each<Break>(["leafNotSignedByCa", "noCa", "keyOfAnother", "gone"])(
    "that the restarted operator has loaded (%s) ends well or in a person's hands, with no second restart",
    async (kind) => {
      const world = World.bothStale();
      const processes = new Processes(world);
      await processes.hpaFailed();
      await processes.run(minutes(5), async () => world.patches.length === 1);
      world.breakSecret(kind);
      await processes.run(minutes(5), never);
      world.repairSecret();
      await processes.run(minutes(90), never);
      expect(world.restarts("operator")).toBe(1);
      expect(world.restarts("metrics-apiserver")).toBeLessThanOrEqual(1);
      const phases = (await processes.incidents()).map((i) => i.phase).filter((phase) => phase !== "closed");
      expect(phases).toEqual([world.healthy() ? "recovered" : "escalated"]);
    },
  );

  test("that no answer came for is asked for again before a person is told", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    world.secretMiss = "Timeout";
    await processes.hpaFailed();
    await processes.run(minutes(3), never);
    expect(processes.reports()).toEqual([]);
    world.secretMiss = undefined;
    await processes.run(minutes(30));
    expect((await processes.incident()).phase).toBe("recovered");
  });

  test("that may not be read is told to a person, and that incident ends when it may", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    world.secretMiss = "Forbidden";
    await processes.hpaFailed();
    await processes.run(minutes(10), never);
    expect(await processes.incident()).toMatchObject({ phase: "escalated", decision: { code: "MaterialUnseen" } });
    expect(count(processes, "escalated")).toBe(1);
    world.secretMiss = undefined;
    await processes.run(minutes(30), never);
    const phases = (await processes.incidents()).map((i) => `${i.generation.slice(0, 6)} ${i.phase}`).sort();
    expect(phases).toEqual([expect.stringMatching(/^[0-9a-f]{6} recovered$/), "unseen closed"]);
  });
});

describe("certificates that can no longer be seen", () => {
  test("are an incident of their own when nothing was open, and people are told once", async () => {
    const world = new World();
    const processes = new Processes(world);
    await processes.sweep();
    world.secretMiss = "Forbidden";
    world.stuckFrom = world.now;
    await processes.run(minutes(30), never);
    expect(await processes.incident()).toMatchObject({ generation: "unseen", phase: "escalated" });
    expect(processes.reports()).toEqual(["dev.kedamedic.incident.escalated.v1"]);
  });

  test("do not open again what was over", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.run(minutes(30));
    const over = await processes.incident();
    world.secretMiss = "Forbidden";
    world.stuckFrom = world.now;
    await processes.run(minutes(10), never);
    const incidents = await processes.incidents();
    expect(incidents.find((i) => i.name === over.name)).toEqual(over);
    expect(incidents.filter((i) => i.name !== over.name)).toMatchObject([{ generation: "unseen", phase: "escalated" }]);
  });

  test("are no new incident while that of the last generation is open", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    await processes.sweep();
    world.secretMiss = "Forbidden";
    await processes.run(minutes(10), never);
    expect(await processes.incident()).toMatchObject({ phase: "escalated", decision: { code: "MaterialUnseen" } });
    world.secretMiss = undefined;
    await processes.run(minutes(10), never);
    expect(await processes.incident()).toMatchObject({ phase: "watching", decision: { kind: "restart" } });
  });
});

describe("a plan of two steps", () => {
  test("is finished although the maintenance window closes in between", async () => {
    const world = World.bothStale();
    const minute = Math.floor((world.now % days(1)) / minutes(1));
    const processes = new Processes(world, { policy: { maintenanceWindow: { from: minute - 10, to: minute + 3 } } });
    await processes.hpaFailed();
    await processes.run(minutes(5), async () => world.patches.length === 1);
    world.breakSecret("keyOfAnother");
    await processes.run(minutes(10), never);
    world.repairSecret();
    await processes.run(minutes(60), async () => (await processes.incident()).phase === "recovered");
    expect(world.patches.map((patch) => patch.component)).toEqual(["operator", "metrics-apiserver"]);
    expect(world.healthy()).toBe(true);
  });

  test("that a person pauses in between pages, and goes on when the pause ends", async () => {
    const world = World.bothStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.run(minutes(5), async () => world.patches.length === 1);
    world.annotate("metrics-apiserver", annotations.paused, "freeze");
    await processes.run(minutes(20), never);
    expect(await processes.incident()).toMatchObject({ phase: "escalated" });
    expect(world.patches).toHaveLength(1);
    world.annotate("metrics-apiserver", annotations.paused, undefined);
    await processes.run(minutes(60), async () => (await processes.incident()).phase === "recovered");
    expect(world.patches.map((patch) => patch.component)).toEqual(["operator", "metrics-apiserver"]);
    expect(world.healthy()).toBe(true);
  });

  test("whose second step a person has done needs no restart of ours", async () => {
    const world = World.bothStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.run(minutes(5), async () => world.patches.length === 1);
    world.annotate("metrics-apiserver", annotations.paused, "freeze");
    await processes.run(minutes(5), never);
    world.rolloutRestart("metrics-apiserver");
    await processes.run(minutes(5), never);
    world.annotate("metrics-apiserver", annotations.paused, undefined);
    await processes.run(minutes(60), never);
    expect(world.patches).toHaveLength(1);
    expect((await processes.incident()).phase).toBe("closed");
  });
});

describe("what nobody does", () => {
  test("a restart that is always refused ends in a person's hands, told once, and is done when the right is granted", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    world.patchRefused = "Forbidden";
    await processes.hpaFailed();
    await processes.run(hours(2), never);
    expect(await processes.incident()).toMatchObject({ phase: "escalated", decision: { code: "RestartNotPerformed" } });
    expect(count(processes, "escalated")).toBe(1);
    world.patchRefused = undefined;
    await processes.run(minutes(60), async () => (await processes.incident()).phase === "recovered");
    expect(await processes.incident()).toMatchObject({ phase: "recovered", outcome: { result: "recovered" } });
    expect(world.patches).toHaveLength(1);
  });

  test("a request that a closed window takes back is made anew in the next window, and nobody is paged", async () => {
    const world = World.metricsApiserverStale();
    const minute = Math.floor((world.now % days(1)) / minutes(1));
    const processes = new Processes(world, { policy: { maintenanceWindow: { from: minute - 10, to: minute + 2 } } });
    await processes.hpaFailed();
    processes.bus = [];
    world.now += minutes(3);
    const before = processes.emitted.length;
    await processes.run(minutes(30), never);
    expect(await processes.incident()).toMatchObject({
      phase: "watching",
      decision: { code: "OutsideMaintenanceWindow" },
    });
    expect(processes.emitted.slice(before).filter((e) => e.type.includes("requested"))).toEqual([]);
    world.now += hours(23);
    await processes.run(hours(2), async () => (await processes.incident()).phase === "recovered");
    expect(world.patches).toHaveLength(1);
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
    expect(count(processes, "escalated")).toBe(0);
  });

  test("a second step that is always refused ends in a person's hands too", async () => {
    const world = World.bothStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.run(minutes(5), async () => world.patches.length === 1);
    world.patchRefused = "Forbidden";
    await processes.run(minutes(30), never);
    expect((await processes.incident()).phase).toBe("escalated");
    world.patchRefused = undefined;
    await processes.run(minutes(60), async () => world.patches.length === 2);
    await processes.run(minutes(60));
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
  });

  test("a wait that lasts too long is told to a person once, not every ten minutes", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    processes.bus = [];
    processes.restartAll();
    world.neverReady("metrics-apiserver");
    await processes.run(hours(2), never);
    expect(await processes.incident()).toMatchObject({ phase: "escalated", decision: { code: "WaitedTooLong" } });
    expect(count(processes, "escalated")).toBe(1);
  });

  test("a cluster that cannot be reached for half an hour after the patch costs time, never a second restart", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.deliver();
    world.reachable = false;
    await processes.run(minutes(30), never);
    world.reachable = true;
    await processes.run(minutes(60));
    expect(world.patches).toHaveLength(1);
    expect(await processes.over()).toBe(true);
    expect((await processes.incident()).phase).toMatch(/recovered|closed/);
  });

  test("an open incident whose cluster cannot be reached is told to a person after ten minutes", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    await processes.hpaFailed();
    await processes.run(minutes(1), never);
    world.reachable = false;
    await processes.run(minutes(12), never);
    expect(await processes.incident()).toMatchObject({ phase: "escalated", decision: { code: "WaitedTooLong" } });
    world.reachable = true;
    await processes.run(minutes(10), never);
    expect(await processes.incident()).toMatchObject({ phase: "watching", decision: { kind: "restart" } });
  });
});

describe("generations", () => {
  test("a new one closes the incident of the one before it, and people are told", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    await processes.hpaFailed();
    await processes.run(minutes(1), never);
    const old = await processes.incident();
    world.rotate();
    world.now += minutes(3);
    world.oomKill("operator");
    await processes.run(minutes(10), never);
    const incidents = await processes.incidents();
    const before = incidents.find((i) => i.name === old.name);
    expect(before).toMatchObject({ phase: "closed", effects: [] });
    expect(before?.dueAt).toBeUndefined();
    expect(incidents.filter((i) => i.phase === "watching")).toHaveLength(1);
    const told = processes.emitted.filter((e) => e.subject === old.name).map((e) => e.type);
    expect(told).toEqual(["dev.kedamedic.incident.opened.v1", "dev.kedamedic.incident.closed.v1"]);
  });

  test("an incident that was left open by a lost race is closed by sweep", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    await processes.hpaFailed();
    const left = await processes.incident();
    const leftOver = {
      ...left,
      name: `${left.installation}.aaaaaaaaaaaa`,
      generation: "a".repeat(64),
      openedAt: left.openedAt + 1,
    };
    await processes.store.saveIncident(leftOver, undefined);
    await processes.run(minutes(2), never);
    const phases = new Map((await processes.incidents()).map((i) => [i.name, i.phase]));
    expect([phases.get(left.name), phases.get(leftOver.name)]).toEqual(["watching", "closed"]);
  });

  test("two writers who fight over the Secret for hours get no more restarts than the budget allows", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    const perHour: number[] = [];
    for (let hour = 0; hour < 4; hour += 1) {
      const before = world.patches.length;
      for (const write of [() => world.rollBack(), () => world.rotate(), () => world.rollBack()]) {
        write();
        world.now += minutes(3);
        world.oomKill("operator");
        await processes.run(minutes(17), never);
      }
      perHour.push(world.patches.length - before);
    }
    expect(Math.max(...perHour)).toBeLessThanOrEqual(3);
  });
});

describe("sweep", () => {
  test("names the earliest due time of what is open", async () => {
    const processes = new Processes(World.metricsApiserverStale(), { policy: { mode: "observe" } });
    const swept = await processes.sweep();
    const { dueAt } = await processes.incident();
    expect(dueAt).toBe(processes.world.now + minutes(1));
    expect(swept).toEqual({ looked: true, nextDueAt: dueAt });
  });

  test("moves the due time of an incident in which nothing changes, at the cost of one write", async () => {
    const processes = new Processes(World.metricsApiserverStale(), { policy: { mode: "observe" } });
    await processes.sweep();
    await processes.deliver();
    for (let i = 0; i < 10; i += 1) {
      processes.world.now += minutes(1);
      const writes = processes.writes.length;
      const swept = await processes.sweep();
      expect(swept).toEqual({ looked: true, nextDueAt: processes.world.now + minutes(1) });
      expect(processes.writes.length - writes).toBe(1);
    }
  });

  test("names nothing when nothing is open", async () => {
    const processes = new Processes(new World());
    expect(await processes.sweep()).toEqual({ looked: true, nextDueAt: undefined });
    const done = new Processes(World.metricsApiserverStale());
    await done.run(minutes(30));
    expect((await done.incident()).phase).toBe("recovered");
    done.world.now += minutes(1);
    expect(await done.sweep()).toEqual({ looked: true, nextDueAt: undefined });
  });

  test("names the due time of an event that another process parked", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.run(minutes(30));
    await processes.hpaFailed();
    const at = processes.world.now;
    processes.world.now += seconds(2);
    await processes.hpaFailed();
    expect(await processes.sweep()).toEqual({ looked: true, nextDueAt: at + seconds(10) });
  });

  test("leaves the incidents of other clusters in the same store alone", async () => {
    const store = memoryStore();
    const processes = new Processes(World.metricsApiserverStale(), { store, policy: { mode: "observe" } });
    await processes.sweep();
    const own = await processes.incident();
    processes.world.now += seconds(10);
    const other = {
      ...own,
      name: "other.keda.bbbbbbbbbbbb",
      installation: "other.keda",
      generation: "b".repeat(64),
      dueAt: 1,
    };
    await store.saveIncident(other, undefined);
    const swept = await processes.sweep();
    expect(swept).toMatchObject({ nextDueAt: own.dueAt });
    expect((await store.loadIncident(other.name))?.document).toEqual(other);
  });

  test("tells the end of an incident that is over, and asks for nothing of it any more", async () => {
    const processes = new Processes(new World());
    const effect = { createdAt: 0, attempts: 1 };
    await processes.store.saveIncident(
      {
        ...openIncident({
          name: "test.keda.cccccccccccc",
          installation: "test.keda",
          generation: "c".repeat(64),
          now: 0,
          traceparent: undefined,
          foundBy: "event",
        }),
        phase: "closed",
        effects: [
          { ...effect, id: "told", kind: "report", type: "dev.kedamedic.incident.closed.v1" },
          {
            ...effect,
            id: "asked",
            kind: "requestRestart",
            type: "dev.kedamedic.restart.requested.v1",
            component: "operator",
          },
        ],
      },
      undefined,
    );
    await processes.sweep();
    expect(processes.emitted.map((e) => e.id)).toEqual(["told"]);
  });

  test("finds what no event told, and says so", async () => {
    const processes = new Processes(World.metricsApiserverStale());
    await processes.run(minutes(30));
    expect(await processes.incident()).toMatchObject({ phase: "recovered", foundBy: "sweep" });
  });

  test("repeats a report that nobody took, under the same id, until somebody does", async () => {
    const ids: string[] = [];
    let takes = false;
    const processes = new Processes(World.metricsApiserverStale(), {
      policy: { mode: "observe" },
      sinkTakes: (event) => {
        ids.push(event.id);
        return takes;
      },
    });
    await processes.run(minutes(5), never);
    takes = true;
    await processes.run(minutes(5), never);
    expect(new Set(ids).size).toBe(1);
    expect(ids.length).toBeGreaterThan(3);
    expect(ids.length).toBeLessThan(9);
    expect((await processes.incident()).effects).toEqual([]);
  });
});
