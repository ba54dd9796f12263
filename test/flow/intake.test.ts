import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { newInstallation } from "../../src/core/installation.ts";
import { minutes, seconds } from "../../src/core/instant.ts";
import { installationName, unresolvedNamespace } from "../../src/core/names.ts";
import type { Signal } from "../../src/core/signal.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import { makeSweep } from "../../src/flow/sweep.ts";
import type { OutgoingEvent } from "../../src/ports/emitter.ts";
import { type Store, StoreError } from "../../src/ports/store.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

const installation = installationName("test", "keda");
const unresolved = installationName("test", unresolvedNamespace);
const looks = (world: World): number => world.looks.filter((look) => look === "apiService").length;
const metricFailed = (i: number): Signal => ({
  kind: "MetricFailed",
  namespace: "shop",
  hpa: `keda-hpa-${i}`,
  failure: "Timeout",
});

/** A cluster that answers when the test says so. */
function slowCluster() {
  const blocked = Promise.withResolvers<void>();
  const gate = (name: string) => (name === "respond: apiService" ? blocked.promise : Promise.resolve());
  return { gate, answer: () => blocked.resolve() };
}

/** Where a due time was left: with the installation, or aside as long as nobody knows KEDA's namespace. */
const dueOf = async (store: Store): Promise<number | undefined> =>
  (await store.loadInstallation(installation))?.document.dueAt ??
  (await store.loadInstallation(unresolved))?.document.dueAt;

describe("one event at a time", () => {
  test("the same event that comes again while it is being worked on is in progress, and can be repeated later", async () => {
    const { gate, answer } = slowCluster();
    const processes = new Processes(World.metricsApiserverStale(), { gate });
    const { respond } = processes.of("respond");
    const event = { signal: metricFailed(1), at: processes.world.now, key: "source/same" };
    const first = respond(event);
    expect(await respond(event)).toBe("inProgress");
    answer();
    expect(await first).toBe("taken");
    expect(await respond(event)).toBe("taken");
  });

  test("the same request that comes again while it is being worked on is in progress", async () => {
    const world = World.metricsApiserverStale();
    const blocked = Promise.withResolvers<void>();
    const gate = (name: string) => (name === "restart: apiService" ? blocked.promise : Promise.resolve());
    const processes = new Processes(world, { gate });
    await processes.hpaFailed();
    const { name: incident, generation } = await processes.incident();
    const { restart } = processes.of("restart");
    const request = { incident, component: "metrics-apiserver", generation } as const;
    const first = restart(request);
    expect(await restart(request)).toBe("inProgress");
    blocked.resolve();
    expect(await first).toBe("taken");
    expect(world.patches).toHaveLength(1);
  });
});

describe("an event that is not about this KEDA", () => {
  const foreign: readonly Signal[] = [
    { kind: "MetricFailed", namespace: "shop", hpa: "web", failure: "Other" },
    { kind: "SecretChanged", namespace: "shop", name: "kedaorg-certs" },
    { kind: "SecretChanged", namespace: "keda", name: "another" },
    { kind: "CertificateChanged", namespace: "shop", name: "web" },
    { kind: "PodChanged", namespace: "keda", name: "prometheus-0" },
    { kind: "PodChanged", namespace: "shop", name: "keda-operator-1" },
    { kind: "WorkloadChanged", namespace: "keda", name: "prometheus", what: "Deployment" },
  ];

  test.each(foreign)("costs neither a look nor a store call: $kind $namespace/$name$hpa", async (signal) => {
    const calls: string[] = [];
    const gate = async (name: string) => calls.push(name);
    const processes = new Processes(World.latent(), { gate });
    await processes.hpaFailed();
    processes.world.now += minutes(1);
    calls.length = 0;
    expect(await processes.tell(signal)).toBe("taken");
    expect(calls).toEqual([]);
  });

  test("an HPA that is none of KEDA's costs nothing even before KEDA is known", async () => {
    const calls: string[] = [];
    const processes = new Processes(World.latent(), { gate: async (name) => calls.push(name) });
    await processes.tell({ kind: "MetricFailed", namespace: "shop", hpa: "web", failure: "Other" });
    expect(calls).toEqual([]);
  });
});

describe("an event that is about this KEDA", () => {
  const own: readonly Signal[] = [
    { kind: "MetricFailed", namespace: "shop", hpa: "renamed", scaledObject: "web", failure: "Timeout" },
    { kind: "SecretChanged", namespace: "keda", name: "kedaorg-certs" },
    { kind: "CertificateChanged", namespace: "keda", name: "keda-operator-tls-certificates" },
    { kind: "PodChanged", namespace: "keda", name: "keda-operator-7b58775b5-b4kvm" },
    { kind: "PodChanged", namespace: "keda", name: "keda-metrics-apiserver-7585f6b5cd-wppnv" },
    { kind: "WorkloadChanged", namespace: "keda", name: "keda-operator", what: "Deployment" },
    { kind: "WorkloadChanged", namespace: "keda", name: "operator.keda.sh", what: "Lease" },
    { kind: "ScalerFailed", namespace: "shop", scaledObject: "web" },
  ];

  test.each(own)("is looked at: $kind $namespace/$name$hpa$scaledObject", async (signal) => {
    const world = World.latent();
    const processes = new Processes(world);
    await processes.hpaFailed();
    world.now += minutes(1);
    const before = looks(world);
    await processes.tell(signal);
    expect(looks(world)).toBe(before + 1);
  });
});

describe("a burst", () => {
  test("10,000 failing HPAs at once cost one look and a handful of writes", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    const answers = await Promise.all(Array.from({ length: 10_000 }, (_, i) => processes.tell(metricFailed(i))));
    expect(new Set(answers)).toEqual(new Set(["taken"]));
    expect(looks(world)).toBe(1);
    expect(processes.writes.length).toBeLessThanOrEqual(10);
  });

  test("10,000 failing HPAs one after the other cost one look and a handful of writes", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    for (let i = 0; i < 10_000; i += 1) await processes.tell(metricFailed(i));
    expect(looks(world)).toBe(1);
    expect(processes.writes.length).toBeLessThanOrEqual(10);
  });

  test("10,000 forged reports of restarts cost one look", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    world.now += seconds(1);
    const report = {
      component: "operator",
      generation: "0",
      result: "performed",
      code: "Restarted",
      sentence: "",
    } as const;
    const before = looks(world);
    for (let i = 0; i < 1000; i += 1) await processes.tell({ kind: "RestartReported", incident: "forged", report });
    expect(looks(world) - before).toBe(1);
  });

  test("1000 forged ticks within a second cost one look", async () => {
    const world = World.latent();
    const processes = new Processes(world);
    for (let i = 0; i < 1000; i += 1) await processes.tell({ kind: "Tick" });
    expect(looks(world)).toBe(1);
  });

  test("restart's report on what was asked for is looked at at once, and only one per request", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    const request = processes.bus.splice(0);
    for (const event of request) await processes.deliverOne(event);
    const [report] = processes.bus;
    const before = looks(world);
    if (report !== undefined) await processes.deliverOne(report);
    expect(looks(world) - before).toBeGreaterThanOrEqual(1);
    expect((await processes.incident()).phase).toBe("verifying");
    const after = looks(world);
    if (report !== undefined) await processes.deliverOne(report);
    expect(looks(world)).toBe(after);
  });

  test("within the coalescing window an event leaves a due time, after it an event is looked at", async () => {
    const world = World.latent();
    const due: number[] = [];
    const processes = new Processes(world, { settings: { onDue: (at) => due.push(at) } });
    await processes.hpaFailed();
    const lookedAt = world.now;
    world.now += seconds(4);
    await processes.hpaFailed();
    expect(looks(world)).toBe(1);
    expect(await dueOf(processes.store)).toBe(lookedAt + seconds(10));
    expect(due).toContain(lookedAt + seconds(10));
    world.now += seconds(7);
    await processes.hpaFailed();
    expect(looks(world)).toBe(2);
  });

  test("a burst leaves one due time, however many events ask for it", async () => {
    const processes = new Processes(World.latent());
    await processes.hpaFailed();
    const before = processes.writes.length;
    for (let i = 0; i < 100; i += 1) await processes.hpaFailed();
    expect(processes.writes.length - before).toBe(1);
  });

  test("a burst after the due time of the one before leaves a due time of its own", async () => {
    const world = World.latent();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.hpaFailed();
    world.now += seconds(11);
    await processes.sweep();
    expect(await dueOf(processes.store)).toBeUndefined();
    await processes.hpaFailed();
    const lookedAt = world.now;
    world.now += seconds(1);
    expect(await processes.hpaFailed()).toBe("taken");
    expect(await dueOf(processes.store)).toBe(lookedAt + seconds(10));
  });

  test("a due time that was left while a look was under way outlives that look", async () => {
    const { gate, answer } = slowCluster();
    const world = World.latent();
    let slowly = false;
    const processes = new Processes(world, { gate: async (name) => slowly && gate(name) });
    await processes.hpaFailed();
    slowly = true;
    world.now += seconds(11);
    const slow = processes.hpaFailed();
    const beganAt = world.now;
    world.now += seconds(1);
    await processes.hpaFailed();
    answer();
    await slow;
    expect(await dueOf(processes.store)).toBe(beganAt + seconds(10));
  });

  test("a due time that has come is gone after the look that answers it", async () => {
    const world = World.latent();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.hpaFailed();
    expect(await dueOf(processes.store)).toBeDefined();
    world.now += seconds(11);
    await processes.sweep();
    expect(await dueOf(processes.store)).toBeUndefined();
  });
});

describe("an event that was parked before KEDA's namespace was known", () => {
  async function parkedAside() {
    const { gate } = slowCluster();
    const processes = new Processes(new World(), { gate });
    void processes.hpaFailed();
    await processes.hpaFailed();
    return processes;
  }

  test("is named by the sweep that comes too early, and answered by the one that comes in time", async () => {
    const processes = await parkedAside();
    const due = processes.world.now + seconds(10);
    expect(await processes.sweep()).toEqual({ looked: true, nextDueAt: due });
    processes.world.now = due;
    expect(await processes.sweep()).toEqual({ looked: true, nextDueAt: undefined });
    expect(await dueOf(processes.store)).toBeUndefined();
  });
});

describe("a sweep whose look took too long", () => {
  test("answers no event that was parked aside: it is due until a look in time has answered it", async () => {
    const world = new World();
    const store = memoryStore();
    const due = world.now;
    await store.saveInstallation({ ...newInstallation(unresolved, due), dueAt: due }, undefined);
    const ports = {
      cluster: world,
      store,
      clock: { now: () => world.now },
      emitter: { emit: async () => true },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    };
    const slowly = async () => {
      world.now += seconds(21);
      return "taken" as const;
    };
    expect(await makeSweep(ports, slowly)()).toEqual({ looked: true, nextDueAt: due });
    expect(await dueOf(store)).toBe(due);
    expect(await makeSweep(ports, async () => "taken")()).toEqual({ looked: true, nextDueAt: undefined });
    expect(await dueOf(store)).toBeUndefined();
  });
});

describe("a sweep", () => {
  test("that could neither look nor park says so", async () => {
    const processes = new Processes(new World());
    const ports = {
      cluster: processes.world,
      store: processes.store,
      clock: { now: () => processes.world.now },
      emitter: { emit: async () => true },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    };
    const swept = await makeSweep(ports, async () => "parkingFailed")();
    expect(swept).toEqual({ looked: false, nextDueAt: undefined });
  });
});

describe("a tick that asks for what is due", () => {
  const counting = (world: World, processes: Processes) => {
    let looks = 0;
    const ports = {
      cluster: world,
      store: processes.store,
      clock: { now: () => world.now },
      emitter: { emit: async () => true },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    };
    const respond = async () => {
      looks += 1;
      return "taken" as const;
    };
    return { sweep: makeSweep(ports, respond, "keda"), looks: () => looks };
  };

  test("looks at nothing while nothing is open", async () => {
    const world = new World();
    const processes = new Processes(world);
    await processes.sweep();
    const { sweep, looks } = counting(world, processes);
    expect(await sweep("due")).toEqual({ looked: true, nextDueAt: undefined });
    expect(looks()).toBe(0);
  });

  test("looks where KEDA was never seen: right after an installation", async () => {
    const world = new World();
    const { sweep, looks } = counting(world, new Processes(world));
    await sweep("due");
    expect(looks()).toBe(1);
  });

  test("looks when an open incident falls due, and not before", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe" } });
    await processes.hpaFailed();
    const { sweep, looks } = counting(world, processes);
    const due = (await processes.incident()).dueAt ?? 0;
    world.now = due - 1;
    expect(await sweep("due")).toEqual({ looked: true, nextDueAt: due });
    expect(looks()).toBe(0);
    world.now = due;
    await sweep("due");
    expect(looks()).toBe(1);
  });

  test("looks when an event that was parked falls due", async () => {
    const world = new World();
    const processes = new Processes(world, { settings: { kedaNamespace: "keda" } });
    await processes.sweep();
    await processes.hpaFailed();
    await processes.hpaFailed();
    const { sweep, looks } = counting(world, processes);
    expect((await sweep("due")).nextDueAt).toBeGreaterThan(world.now);
    expect(looks()).toBe(0);
    world.now += seconds(10);
    await sweep("due");
    expect(looks()).toBe(1);
  });

  test("looks when nobody has taken the last word of an incident that is over", async () => {
    const world = World.metricsApiserverStale();
    const ends = (event: OutgoingEvent) => event.type !== "dev.kedamedic.incident.recovered.v1";
    const processes = new Processes(world, { sinkTakes: ends });
    await processes.hpaFailed();
    await processes.run(minutes(30), async () => (await processes.incident()).phase === "recovered");
    expect((await processes.incident()).effects).toHaveLength(1);
    const { sweep, looks } = counting(world, processes);
    await sweep("due");
    expect(looks()).toBe(1);
  });
});

describe("an event is answered in time", () => {
  test("a cluster that is slow is parked with a due time, and sweep finishes the work", async () => {
    const { gate } = slowCluster();
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { gate });
    const answered = processes.hpaFailed();
    await jest.advanceTimersByTimeAsync(1999);
    expect(processes.writes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(await answered).toBe("taken");
    expect(processes.writes).toEqual(["respond: saveInstallation"]);
    expect(await dueOf(processes.store)).toBe(world.now + seconds(10));
    await processes.run(minutes(30));
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
    expect(world.patches).toHaveLength(1);
  });

  test("work that was late and ends after sweep has finished changes nothing", async () => {
    const { gate, answer } = slowCluster();
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { gate });
    const answered = processes.hpaFailed();
    await jest.advanceTimersByTimeAsync(2000);
    await answered;
    await processes.run(minutes(30));
    answer();
    await jest.advanceTimersByTimeAsync(0);
    await processes.run(minutes(10));
    expect(world.patches).toHaveLength(1);
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
  });

  test("a tick is given the time that it needs: sweep finishes what an event had no time for", async () => {
    const blocked = Promise.withResolvers<void>();
    const gate = (name: string) => (name === "sweep: apiService" ? blocked.promise : Promise.resolve());
    const processes = new Processes(World.metricsApiserverStale(), { gate });
    const swept = processes.sweep();
    await jest.advanceTimersByTimeAsync(10_000);
    blocked.resolve();
    expect(await swept).toMatchObject({ looked: true });
    expect(await processes.incident()).toMatchObject({ decision: { kind: "restart" } });
  });

  test("a look that was frozen half-way is made anew, not judged", async () => {
    const world = World.metricsApiserverStale();
    let frozen = false;
    const gate = async (name: string) => {
      if (name !== "respond: loadInstallation" || frozen) return;
      frozen = true;
      world.rolloutRestart("metrics-apiserver");
      world.now += minutes(5);
    };
    const processes = new Processes(world, { gate });
    await processes.hpaFailed();
    expect(looks(world)).toBe(2);
    expect(await processes.incidents()).toEqual([]);
  });

  test("parking that loses a race is tried once more", async () => {
    const store = memoryStore();
    let races = 1;
    const racing: Store = {
      ...store,
      saveInstallation: async (document, version) =>
        races-- > 0 ? { saved: false, reason: "conflict" } : store.saveInstallation(document, version),
    };
    const { gate } = slowCluster();
    const processes = new Processes(World.metricsApiserverStale(), { store: racing, gate });
    const answered = processes.hpaFailed();
    await jest.advanceTimersByTimeAsync(2000);
    expect(await answered).toBe("taken");
    expect(await dueOf(store)).toBeDefined();
  });

  test("a due time of another process that comes earlier is left as it is", async () => {
    const processes = new Processes(World.latent());
    await processes.hpaFailed();
    await processes.hpaFailed();
    const due = await dueOf(processes.store);
    processes.world.now += seconds(5);
    processes.restartAll();
    await processes.hpaFailed();
    await processes.hpaFailed();
    expect(await dueOf(processes.store)).toBe(due);
  });

  test("a host is told when the incident falls due", async () => {
    const due: number[] = [];
    const world = World.metricsApiserverStale();
    const processes = new Processes(world, { policy: { mode: "observe" }, settings: { onDue: (at) => due.push(at) } });
    await processes.hpaFailed();
    expect(due).toEqual([world.now + minutes(1)]);
  });

  test("when not even parking works the sender must repeat the event", async () => {
    const down = async (): Promise<never> => {
      throw new StoreError("Unreachable", "no route to the store", { retryable: true });
    };
    const store: Store = {
      ...memoryStore(),
      loadInstallation: down,
      loadIncident: down,
      saveInstallation: down,
      saveIncident: down,
    };
    const processes = new Processes(World.metricsApiserverStale(), { store });
    expect(await processes.hpaFailed()).toBe("parkingFailed");
    expect(await processes.hpaFailed()).toBe("parkingFailed");
    processes.forget();
    expect(await processes.hpaFailed()).toBe("taken");
    expect(await dueOf(processes.store)).toBeDefined();
  });

  test("is not answered before the report that was told is written down as told", async () => {
    const store = memoryStore();
    const told: (() => void)[] = [];
    const slow: Store = {
      ...store,
      saveIncident: async (document, version) => {
        if (version !== undefined) await new Promise<void>((resolve) => told.push(resolve));
        return store.saveIncident(document, version);
      },
    };
    const processes = new Processes(World.metricsApiserverStale(), { store: slow, policy: { mode: "observe" } });
    let answered = false;
    const answer = processes.hpaFailed().then(() => {
      answered = true;
    });
    await jest.advanceTimersByTimeAsync(1000);
    expect([told.length, answered]).toEqual([1, false]);
    told[0]?.();
    await answer;
    expect((await processes.incident()).effects).toEqual([]);
  });

  test("when somebody else wrote first it is looked at again at once", async () => {
    const store = memoryStore();
    let races = 1;
    const racing: Store = {
      ...store,
      saveIncident: async (document, version) =>
        races-- > 0 ? { saved: false, reason: "conflict" } : store.saveIncident(document, version),
    };
    const processes = new Processes(World.metricsApiserverStale(), { store: racing });
    expect(await processes.hpaFailed()).toBe("taken");
    expect(await processes.incident()).toMatchObject({ phase: "acting" });
    expect(await dueOf(store)).toBeUndefined();
  });

  test("when others keep writing first the event is parked, not forgotten", async () => {
    const store = memoryStore();
    const busy: Store = { ...store, saveIncident: async () => ({ saved: false, reason: "conflict" }) };
    const processes = new Processes(World.metricsApiserverStale(), { store: busy });
    expect(await processes.hpaFailed()).toBe("taken");
    expect(await dueOf(store)).toBe(processes.world.now + seconds(10));
  });
});

describe("an incident that is over", () => {
  test("is not written again when the next generation is seen", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.run(minutes(30));
    const { name } = await processes.incident();
    const before = await processes.store.loadIncident(name);
    expect(before?.document.phase).toBe("recovered");
    world.rotate();
    world.now += minutes(1);
    await processes.hpaFailed();
    expect((await processes.store.loadIncident(name))?.version).toBe(before?.version);
  });
});

describe("events that our own restart causes", () => {
  test("do not make us restart again, nor look more than once per window", async () => {
    const world = World.metricsApiserverStale();
    const processes = new Processes(world);
    await processes.hpaFailed();
    await processes.deliver();
    const from = world.now;
    for (let i = 0; i < 300; i += 1) {
      world.now += seconds(1);
      for (const name of world.podNames("metrics-apiserver"))
        await processes.tell({ kind: "PodChanged", namespace: "keda", name });
      await processes.tell({
        kind: "WorkloadChanged",
        namespace: "keda",
        name: "keda-metrics-apiserver",
        what: "Deployment",
      });
      await processes.deliver();
    }
    expect(world.patches).toHaveLength(1);
    expect(looks(world)).toBeLessThan(10 + (2 * (world.now - from)) / seconds(10));
    await processes.run(minutes(10));
    expect(await processes.incident()).toMatchObject({ phase: "recovered" });
  });
});
