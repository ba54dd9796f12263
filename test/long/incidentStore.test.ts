import { describe, expect, jest, test } from "@jest/globals";
import type { IncomingEvent } from "../../src/core/event.ts";
import type { Incident } from "../../src/core/incident.ts";
import { defaultPolicy, type Policy } from "../../src/core/policy.ts";
import { toRestartRequest } from "../../src/edge/cloudevents/own.ts";
import { toSignal } from "../../src/edge/cloudevents/signal.ts";
import { toWakeUp } from "../../src/edge/cloudevents/wakeUp.ts";
import { type KubeClient, kubeClient } from "../../src/edge/kubernetes/client.ts";
import { kubeconfigAccess } from "../../src/edge/kubernetes/kubeconfig.ts";
import {
  readerRules,
  secretRules,
  storeReadRules,
  storeRules,
  writerRules,
  yamlNames,
} from "../../src/edge/kubernetes/rbac.ts";
import { clusterReader } from "../../src/edge/kubernetes/reader.ts";
import { kubernetesStore } from "../../src/edge/kubernetes/store.ts";
import { clusterWriter } from "../../src/edge/kubernetes/writer.ts";
import { noTracer } from "../../src/edge/otel/tracer.ts";
import { directProbe } from "../../src/edge/tls/probe.ts";
import type { ActingPorts } from "../../src/flow/ports.ts";
import { makeRespond } from "../../src/flow/respond.ts";
import { makeRestart } from "../../src/flow/restart.ts";
import { makeSweep } from "../../src/flow/sweep.ts";
import type { OutgoingEvent } from "../../src/ports/emitter.ts";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { play, TIMEOUT, untilEveryHpaSays, untilSettled } from "../sandbox/fast.ts";

/** The flow on real Incident objects: real HTTPS, compare-and-swap by resourceVersion, the rights of infra/. */
jest.setTimeout(240_000);

const looking = [readerRules(yamlNames), secretRules(yamlNames)];
const rules = {
  respond: [...looking, storeRules],
  sweep: [...looking, storeRules],
  restart: [...looking, storeReadRules, writerRules(yamlNames)],
};
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** Thrown by everything that a dead process would still do. */
class Dead extends Error {}

/** Counts the writes of all processes, and ends the one that made the n-th right after it. */
class Killer {
  writes: string[] = [];
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }

  /** A process's port: dies with the process. */
  guard<T extends object>(port: T, life: { dead: boolean }, writing: readonly string[]): T {
    return new Proxy(port, {
      get: (target, name, receiver) => {
        const value = Reflect.get(target, name, receiver);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          if (life.dead) throw new Dead("this process is dead");
          const result: unknown = await value.apply(target, args);
          if (writing.includes(String(name))) this.#wrote(String(name), life);
          if (life.dead) throw new Dead("this process is dead");
          return result;
        };
      },
    });
  }

  #wrote(name: string, life: { dead: boolean }): void {
    this.writes.push(name);
    if (this.writes.length === this.at) life.dead = true;
  }
}

/** respond, restart and sweep with their own accounts and memories, between them a bus. A dead one is started afresh. */
class Processes {
  readonly #world: InProcessWorld;
  readonly #killer: Killer;
  readonly #policy: Policy;
  readonly #clients: KubeClient[] = [];
  #bus: OutgoingEvent[] = [];

  constructor(world: InProcessWorld, killer: Killer, policy: Partial<Policy> = {}) {
    this.#world = world;
    this.#killer = killer;
    this.#policy = { ...defaultPolicy, mode: "act", ...policy };
  }

  async #ports(role: "respond" | "restart" | "sweep"): Promise<{ ports: ActingPorts; life: { dead: boolean } }> {
    const clock = this.#world.clock;
    const access = await kubeconfigAccess({
      files: [(await this.#world.kubeconfig(role)).path],
      clusterName: "test",
      clock,
    });
    const client = kubeClient(access, { clock });
    this.#clients.push(client);
    const life = { dead: false };
    const emitter = { emit: async (event: OutgoingEvent) => this.#bus.push(event) > 0 };
    const ports: ActingPorts = {
      clock,
      cluster: clusterReader(client),
      probe: directProbe({ clock }),
      tracer: noTracer,
      log: quiet,
      store: this.#killer.guard(kubernetesStore({ client, namespace: "keda-medic" }), life, [
        "saveIncident",
        "saveInstallation",
      ]),
      writer: this.#killer.guard(clusterWriter(client), life, ["restart"]),
      emitter: this.#killer.guard(emitter, life, ["emit"]),
    };
    return { ports, life };
  }

  readonly #settings = () => ({ policy: this.#policy, readSecret: true, answerWithin: 1700 });

  /** Two sets take turns of everything: two hosts at once. */
  async run(until: () => Promise<boolean>, hosts = 1): Promise<void> {
    const make = async () => {
      const [r, s, t] = [await this.#ports("respond"), await this.#ports("sweep"), await this.#ports("restart")];
      return {
        respond: makeRespond(r.ports, this.#settings()),
        sweep: makeSweep(s.ports, makeRespond(s.ports, this.#settings())),
        restart: makeRestart(t.ports, this.#settings()),
        dead: () => r.life.dead || s.life.dead || t.life.dead,
      };
    };
    let sets = await Promise.all(Array.from({ length: hosts }, make));
    const end = performance.now() + 25_000;
    while (!(await until()) && performance.now() < end) {
      await Promise.all(sets.map((set) => set.sweep().catch(() => undefined)));
      const events = this.#bus.splice(0);
      await Promise.all(events.flatMap((event) => sets.map((set) => this.#deliver(set, event).catch(() => undefined))));
      sets = await Promise.all(sets.map((set) => (set.dead() ? make() : set)));
      await this.#world.clock.sleep(5000);
    }
    for (const client of this.#clients) client.close();
  }

  async #deliver(
    set: { respond: ReturnType<typeof makeRespond>; restart: ReturnType<typeof makeRestart> },
    outgoing: OutgoingEvent,
  ): Promise<void> {
    const event: IncomingEvent = { ...outgoing, source: "/test", attributes: {} };
    const request = toRestartRequest(event);
    if (!("problem" in request)) {
      await set.restart(request);
      return;
    }
    const signal = toSignal(event);
    if (signal.kind !== "NotOurs") await set.respond(toWakeUp(event, signal, this.#world.clock.now()));
  }
}

async function incidents(world: InProcessWorld): Promise<readonly Incident[]> {
  const access = await kubeconfigAccess({ files: [(await world.kubeconfig("admin")).path], clock: world.clock });
  const client = kubeClient(access, { clock: world.clock });
  const all = await kubernetesStore({ client, namespace: "keda-medic" }).listIncidents();
  client.close();
  return all.map((i) => i.document);
}

const recovered = async (world: InProcessWorld): Promise<boolean> => {
  const all = await incidents(world);
  return all.some((i) => i.phase === "recovered") && all.every((i) => i.phase === "recovered" || i.phase === "closed");
};

const patches = (world: InProcessWorld): number =>
  world.apiServer.journal.writes().filter((w) => w.method === "PATCH" && w.status === 200).length;

async function outage(world: InProcessWorld): Promise<void> {
  await world.rotateSecret("selfSignedRekey");
  await untilSettled(world);
  await world.oomKill("operator");
  await untilEveryHpaSays(world, TIMEOUT);
}

async function heal(killAt: number, hosts = 1): Promise<readonly string[]> {
  const killer = new Killer(killAt);
  await play({ rules }, async (world) => {
    await outage(world);
    await new Processes(world, killer).run(() => recovered(world), hosts);
    expect({ killAt, recovered: await recovered(world) }).toEqual({ killAt, recovered: true });
    expect({ killAt, patches: patches(world), rollouts: await world.rollouts("metrics-apiserver") }).toEqual({
      killAt,
      patches: 1,
      rollouts: 1,
    });
    expect(await world.rollouts("operator")).toBe(0);
  });
  return killer.writes;
}

describe("on Incident objects of an API server", () => {
  test("a process that dies right after any single write loses nothing, and nothing is restarted twice", async () => {
    const calm = await heal(0);
    expect(calm).toEqual(expect.arrayContaining(["saveInstallation", "saveIncident", "restart", "emit"]));
    for (let at = 1; at <= calm.length; at += 1) await heal(at);
  });

  test("two hosts at once make one restart", async () => {
    await heal(0, 2);
  });
});
