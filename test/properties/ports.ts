import { type Component, components } from "../../src/core/evidence.ts";
import { clusterWriter } from "../../src/edge/kubernetes/writer.ts";
import type { ActingPorts } from "../../src/flow/ports.ts";
import type { OutgoingEvent } from "../../src/ports/emitter.ts";
import type { LogFields } from "../../src/ports/log.ts";
import { StoreError } from "../../src/ports/store.ts";
import type { SpanHandle } from "../../src/ports/tracer.ts";
import { names } from "../builders/recorded.ts";
import type { Hosts } from "./hosts.ts";
import type { Look, Role } from "./ledger.ts";
import { exists, ready, staying } from "./model/pods.ts";
import { keyText } from "./model/server.ts";
import { inDoubt, truthOf } from "./model/truth.ts";
import { apiWrites, type Landed } from "./model/writes.ts";

/** A process that may die between any two steps: whatever it calls afterwards never answers. */
export interface Life {
  readonly role: Role;
  dead: boolean;
  readonly end: Promise<undefined>;
  readonly kill: () => void;
  look: Look | undefined;
}

export function newLife(role: Role): Life {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const life: Life = {
    role,
    dead: false,
    end: promise,
    kill: () => {
      life.dead = true;
      resolve(undefined);
    },
    look: undefined,
  };
  return life;
}

const never = (): Promise<never> => new Promise(() => {});
/** Where another process may come in between. */
const crossings: ReadonlySet<string> = new Set([
  ...["apiService", "deployments", "secret", "loadIncident", "loadInstallation"],
  ...["saveIncident", "saveInstallation", "restart", "endPod", "emit"],
]);
const slowCalls: ReadonlySet<string> = new Set(["apiService", "service", "secret", "lease"]);

class Wires {
  readonly #hosts: Hosts;
  readonly #life: Life;

  constructor(hosts: Hosts, life: Life) {
    this.#hosts = hosts;
    this.#life = life;
  }

  read<A extends unknown[], T>(name: string, work: (...args: A) => Promise<T>) {
    return async (...args: A): Promise<T> => {
      const [hosts, life] = [this.#hosts, this.#life];
      if (hosts.gate !== undefined && crossings.has(name)) await hosts.gate(`${life.role}: ${name}`);
      if (life.dead) return never();
      if (hosts.slow > 0 && slowCalls.has(name)) hosts.pass(hosts.slow);
      this.#note(name);
      const value = await work(...args);
      return life.dead ? never() : value;
    };
  }

  /** What restart has seen, to hold against what it does. */
  #note(name: string): void {
    const { model } = this.#hosts;
    const life = this.#life;
    if (life.role !== "restart") return;
    if (name === "apiService") life.look = { at: model.now, truth: truthOf(model), told: {} };
    if (name === "deployments" && life.look !== undefined) {
      const told = model.deployments.map((d) => [d.component, { uid: d.uid, resourceVersion: `${d.resourceVersion}` }]);
      life.look = { ...life.look, told: Object.fromEntries(told) };
    }
  }

  write<A extends unknown[], T>(name: string, work: (...args: A) => Promise<T>) {
    const through = this.read(name, work);
    return async (...args: A): Promise<T> => {
      const value = await through(...args);
      const hosts = this.#hosts;
      if (hosts.killAfter === undefined) return value;
      hosts.killAfter -= 1;
      if (hosts.killAfter > 0) return value;
      hosts.killAfter = undefined;
      hosts.ledger.seen.add(`crash after ${this.#life.role}: ${name}`);
      this.#life.kill();
      return never();
    };
  }
}

function scan(hosts: Hosts, where: string, value: unknown): void {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text?.includes("canary-of-the-key") || text?.includes(keyText.slice(0, 20)))
    hosts.ledger.add({ at: hosts.model.now, kind: "leak", where: `${where}: ${text.slice(0, 200)}` });
}

/** What restart's call to the API server came to, with the truth of the moment before it. */
function heard(hosts: Hosts, life: Life): (call: Landed) => void {
  const before = { truth: truthOf(hosts.model), podsBefore: [...hosts.model.pods] };
  return ({ call, landed }) => {
    const { model, ledger, policy } = hosts;
    const common = { at: model.now, by: life.role, call, landed, look: life.look, truth: before.truth, policy };
    const clock = hosts.clock(life.role);
    if (call.method === "DELETE") {
      const found = before.podsBefore.find((p) => call.path.endsWith(`/${p.name}`));
      const held = found?.held?.pair.id;
      const others = model.pods.filter((p) => p.component === found?.component && staying(p, model.now));
      const pod = found && {
        component: found.component,
        leaving: found.deletedAt <= model.now && exists(found, model.now - 1),
        uid: found.uid,
        startedAt: found.startedAt ?? 0,
        stale: held !== model.present.id || inDoubt(model, found),
        replaced: others.length > 0 && others.every((p) => ready(p, model.now)),
      };
      ledger.add({ ...common, kind: "endPod", clock, pod });
      return;
    }
    const component = components.find((c: Component) => call.path.endsWith(`/${names[c]}`)) ?? "operator";
    ledger.add({ ...common, kind: "patch", clock, component });
  };
}

const writerOf = (hosts: Hosts, life: Life): ActingPorts["writer"] => ({
  restart: (patch) => clusterWriter(apiWrites(hosts.model, heard(hosts, life))).restart(patch),
  endPod: (pod) => clusterWriter(apiWrites(hosts.model, heard(hosts, life))).endPod(pod),
});

function storeOf(hosts: Hosts, life: Life, wires: Wires): ActingPorts["store"] {
  const { model, ledger } = hosts;
  const up = (): void => {
    if (model.weather.storeDown) throw new StoreError("Unreachable", "the store is away", { retryable: true });
  };
  const whenUp = async <T>(load: () => Promise<T>): Promise<T> => {
    up();
    return load();
  };
  const by = life.role;
  return {
    loadIncident: wires.read("loadIncident", (name) => whenUp(() => hosts.store.loadIncident(name))),
    listIncidents: wires.read("listIncidents", (limit) => whenUp(() => hosts.store.listIncidents(limit))),
    loadInstallation: wires.read("loadInstallation", (name) => whenUp(() => hosts.store.loadInstallation(name))),
    saveIncident: wires.write("saveIncident", async (incident, expected) => {
      up();
      scan(hosts, "incident", incident);
      const saved = await hosts.store.saveIncident(incident, expected);
      if (saved.saved) ledger.add({ at: model.now, kind: "incident", by, incident });
      else ledger.seen.add("conflict");
      return saved;
    }),
    saveInstallation: wires.write("saveInstallation", async (installation, expected) => {
      up();
      scan(hosts, "installation", installation);
      const saved = await hosts.store.saveInstallation(installation, expected);
      if (saved.saved) ledger.add({ at: model.now, kind: "installation", by, installation });
      else ledger.seen.add("conflict");
      return saved;
    }),
  };
}

async function emit(hosts: Hosts, life: Life, event: OutgoingEvent): Promise<boolean> {
  scan(hosts, "event", event);
  if (hosts.model.weather.sinkDown) return false;
  hosts.ledger.add({ at: hosts.model.now, kind: "emit", by: life.role, event });
  hosts.bus.push(event);
  return true;
}

/** Why a look may come to nothing without anything being wrong with us. */
const foreseen: ReadonlySet<string> = new Set([
  ...["deadline", "every look came to nothing", "the store is away", "Unreachable"],
]);

/** The ports of one process: the model behind them, and somebody who writes down everything that goes through. */
export function portsOf(hosts: Hosts, life: Life): ActingPorts {
  const wires = new Wires(hosts, life);
  const { answers, model, ledger, setting } = hosts;
  const say = (message: string, fields?: LogFields): void => {
    scan(hosts, "log", [message, fields]);
    const reason = String(fields?.["reason"] ?? "");
    if (reason !== "" && !foreseen.has(reason))
      ledger.add({ at: model.now, kind: "threw", by: life.role, error: reason });
  };
  const span: SpanHandle = {
    set: (name, value) => scan(hosts, `span ${name}`, value),
    addEvent: () => {},
    link: () => {},
    traceparent: undefined,
  };
  return {
    clock: { now: () => hosts.clock(life.role) },
    cluster: {
      clusterName: answers.clusterName,
      apiService: wires.read("apiService", () => answers.apiService()),
      service: wires.read("service", (ns, name) => answers.service(ns, name)),
      deployments: wires.read("deployments", () => answers.deployments()),
      pods: wires.read("pods", () => answers.pods()),
      secret: wires.read("secret", () => {
        if (!setting.readSecret) ledger.add({ at: model.now, kind: "secretRead" });
        return answers.secret();
      }),
      certificates: wires.read("certificates", () => answers.certificates()),
      certificateRequests: wires.read("certificateRequests", () => answers.certificateRequests()),
      lease: wires.read("lease", (ns, name) => answers.lease(ns, name)),
      hpas: wires.read("hpas", () => answers.hpas()),
      scaledObjects: wires.read("scaledObjects", () => answers.scaledObjects()),
      logs: wires.read("logs", (query) => answers.logs(query)),
      externalMetric: wires.read("externalMetric", () => answers.externalMetric()),
    },
    probe: { probe: wires.read("probe", (target) => answers.probe(target)) },
    writer: {
      restart: wires.write("restart", (patch) => writerOf(hosts, life).restart(patch)),
      endPod: wires.write("endPod", (pod) => writerOf(hosts, life).endPod(pod)),
    },
    store: storeOf(hosts, life, wires),
    emitter: { emit: wires.write("emit", (event) => emit(hosts, life, event)) },
    tracer: { span: (_name, _options, run) => run(span), flush: async () => {} },
    log: { info: say, warn: say, error: say },
  };
}
