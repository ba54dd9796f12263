import type { Incident } from "../../src/core/incident.ts";
import { seconds } from "../../src/core/instant.ts";
import { defaultPolicy, type Policy } from "../../src/core/policy.ts";
import type { Signal } from "../../src/core/signal.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import { noTracer } from "../../src/edge/otel/tracer.ts";
import type { ActingPorts, Settings } from "../../src/flow/ports.ts";
import { makeRespond } from "../../src/flow/respond.ts";
import { makeRestart } from "../../src/flow/restart.ts";
import { makeSweep, type Swept } from "../../src/flow/sweep.ts";
import type { OutgoingEvent } from "../../src/ports/emitter.ts";
import type { Answer, RestartRequest, WakeUp } from "../../src/ports/responder.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Tracer } from "../../src/ports/tracer.ts";
import type { World } from "./world.ts";

export const acting: Policy = { ...defaultPolicy, mode: "act" };

export type Role = "respond" | "restart" | "sweep";
type Outcome<T> = T | "killed";

/** A process that may die between any two steps: whatever it calls afterwards never answers. */
class Life {
  dead = false;
  readonly #end: PromiseWithResolvers<"killed"> = Promise.withResolvers();

  kill(): void {
    this.dead = true;
    this.#end.resolve("killed");
  }

  run<T>(work: () => Promise<T>): Promise<Outcome<T>> {
    return Promise.race([work(), this.#end.promise]);
  }
}

const never = (): Promise<never> => new Promise(() => {});

export interface Process {
  readonly life: Life;
  readonly respond: (wakeUp: WakeUp) => Promise<Outcome<Answer>>;
  readonly restart: (request: RestartRequest) => Promise<Outcome<Answer>>;
  readonly sweep: () => Promise<Outcome<Swept>>;
}

export interface Options {
  readonly policy?: Partial<Policy>;
  readonly settings?: Partial<Settings>;
  /** The process that makes this write, counted from one, dies right after it. */
  readonly killAfterWrite?: number;
  /** What the broker makes of an event; default: delivers it once. */
  readonly deliver?: (event: OutgoingEvent) => readonly OutgoingEvent[];
  /** False: the sink refuses the event. */
  readonly sinkTakes?: (event: OutgoingEvent) => boolean;
  readonly store?: Store;
  /** Told after every write of the flow, by its number and name. */
  readonly onWrite?: (number: number, name: string) => void;
  /** Every look and every write passes here first: an interleaver decides who goes next. */
  readonly gate?: (name: string) => Promise<unknown>;
  /** No broker in between: every event is delivered, and what it causes is done, before its sender goes on. */
  readonly direct?: boolean;
  readonly tracer?: Tracer;
}

/** respond, restart and sweep as three processes with memories of their own, on one store, one cluster and one broker. */
export class Processes {
  readonly world: World;
  store: Store;
  readonly policy: Policy;
  /** Every write of the flow in order, and by whom. */
  readonly writes: string[] = [];
  /** Everything that was emitted, delivered or not. */
  readonly emitted: OutgoingEvent[] = [];
  readonly logged: string[] = [];
  bus: OutgoingEvent[] = [];
  killAfterWrite: number;
  #options: Options;
  #running = new Map<Role, Process>();
  #keys = 0;

  constructor(world: World, options: Options = {}) {
    this.world = world;
    this.#options = options;
    this.store = options.store ?? memoryStore();
    this.policy = { ...acting, ...options.policy };
    this.killAfterWrite = options.killAfterWrite ?? Number.POSITIVE_INFINITY;
  }

  /** The running process of a role, or a fresh one where it died. */
  of(role: Role): Process {
    const running = this.#running.get(role);
    if (running !== undefined && !running.life.dead) return running;
    const fresh = this.start(role);
    this.#running.set(role, fresh);
    return fresh;
  }

  /** Ends every process: what they remembered is gone. */
  restartAll(): void {
    this.#running.clear();
  }

  /** Every document is gone. */
  forget(): void {
    this.store = memoryStore();
  }

  start(role: Role): Process {
    const life = new Life();
    const ports = this.#ports(role, life);
    const settings: Settings = { policy: this.policy, readSecret: true, answerWithin: 2000, ...this.#options.settings };
    const respond = makeRespond(ports, settings);
    const sweep = makeSweep(ports, respond);
    const restart = makeRestart(ports, settings);
    return {
      life,
      respond: (wakeUp) => life.run(() => respond(wakeUp)),
      restart: (request) => life.run(() => restart(request)),
      sweep: () => life.run(sweep),
    };
  }

  /** Tells respond what an event source saw. */
  tell(signal: Signal): Promise<Outcome<Answer>> {
    this.#keys += 1;
    return this.of("respond").respond({ signal, at: this.world.now, key: `source/${this.#keys}` });
  }

  hpaFailed(): Promise<Outcome<Answer>> {
    return this.tell({
      kind: "MetricFailed",
      namespace: "shop",
      hpa: "keda-hpa-web",
      scaledObject: "web",
      failure: "Timeout",
    });
  }

  /** Delivers what the broker holds, and what comes of it. */
  async deliver(): Promise<void> {
    for (let i = 0; i < 50 && this.bus.length > 0; i += 1) {
      const events = this.bus;
      this.bus = [];
      for (const event of events) await this.deliverOne(event);
    }
  }

  async deliverOne(event: OutgoingEvent): Promise<void> {
    const data = event.data as RestartRequest & { result: "performed" | "refused"; code: string; sentence: string };
    const { incident, component, generation, result, code, sentence } = data;
    if (event.type === "dev.kedamedic.restart.requested.v1")
      await this.of("restart").restart({ incident, component, generation });
    if (event.type === "dev.kedamedic.pods.end-requested.v1")
      await this.of("restart").restart({ incident, component, generation, action: "endStalePods" });
    if (event.type === `dev.kedamedic.restart.${result}.v1`)
      await this.tell({ kind: "RestartReported", incident, report: { component, generation, result, code, sentence } });
  }

  sweep(): Promise<Outcome<Swept>> {
    return this.of("sweep").sweep();
  }

  /** Lets time pass with a timer that sweeps at due times and every minute, until nothing is open or time is over. */
  async run(length: number, ended: () => Promise<boolean> = () => this.over()): Promise<void> {
    const end = this.world.now + length;
    let next = this.world.now;
    while (this.world.now < end) {
      await this.deliver();
      if (await ended()) return;
      if (next <= this.world.now) {
        const swept = await this.sweep();
        const due = swept === "killed" ? undefined : swept.nextDueAt;
        next = Math.max(
          this.world.now + seconds(1),
          Math.min(due ?? Number.POSITIVE_INFINITY, this.world.now + seconds(60)),
        );
        continue;
      }
      this.world.now = next;
    }
  }

  async incidents(): Promise<readonly Incident[]> {
    return (await this.store.listIncidents()).map((i) => i.document);
  }

  /** The only incident; fails where there is none or more than one. */
  async incident(): Promise<Incident> {
    const [first, ...others] = await this.incidents();
    if (first === undefined || others.length > 0) throw new Error(`${others.length + (first ? 1 : 0)} incidents`);
    return first;
  }

  /** Recovered, closed, or in a person's hands, and nothing left to be told. */
  async over(): Promise<boolean> {
    const all = await this.incidents();
    const ends: readonly string[] = ["recovered", "closed", "escalated"];
    return (
      all.length > 0 && this.bus.length === 0 && all.every((i) => ends.includes(i.phase) && i.effects.length === 0)
    );
  }

  reports(): readonly string[] {
    return this.emitted.map((e) => e.type).filter((type) => type.startsWith("dev.kedamedic.incident."));
  }

  #ports(role: Role, life: Life): ActingPorts {
    const { world } = this;
    const { gate, onWrite } = this.#options;
    const read =
      <A extends unknown[], T>(name: string, work: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        await gate?.(`${role}: ${name}`);
        if (life.dead) return never();
        const value = await work(...args);
        return life.dead ? never() : value;
      };
    const write =
      <A extends unknown[], T>(name: string, work: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        const value = await read(name, work)(...args);
        this.writes.push(`${role}: ${name}`);
        onWrite?.(this.writes.length, `${role}: ${name}`);
        if (this.writes.length !== this.killAfterWrite) return value;
        life.kill();
        return never();
      };
    return {
      clock: { now: () => world.now },
      cluster: {
        clusterName: world.clusterName,
        apiService: read("apiService", () => world.apiService()),
        service: read("service", (ns, name) => world.service(ns, name)),
        deployments: read("deployments", () => world.deployments()),
        pods: read("pods", () => world.pods()),
        secret: read("secret", () => world.secret()),
        certificates: read("certificates", () => world.certificates()),
        certificateRequests: read("certificateRequests", () => world.certificateRequests()),
        lease: read("lease", (ns, name) => world.lease(ns, name)),
        hpas: read("hpas", () => world.hpas()),
        scaledObjects: read("scaledObjects", () => world.scaledObjects()),
        logs: read("logs", (query) => world.logs(query)),
        externalMetric: read("externalMetric", () => world.externalMetric()),
      },
      probe: { probe: read("probe", (target) => world.probe(target)) },
      writer: {
        restart: write("restart", (patch) => world.restart(patch)),
        endPod: write("endPod", (pod) => world.endPod(pod)),
      },
      store: {
        loadIncident: read("loadIncident", (name) => this.store.loadIncident(name)),
        saveIncident: write("saveIncident", (incident, expected) => this.store.saveIncident(incident, expected)),
        listIncidents: read("listIncidents", (limit) => this.store.listIncidents(limit)),
        loadInstallation: read("loadInstallation", (name) => this.store.loadInstallation(name)),
        saveInstallation: write("saveInstallation", (doc, expected) => this.store.saveInstallation(doc, expected)),
      },
      emitter: { emit: write("emit", (event) => this.#emit(event)) },
      tracer: this.#options.tracer ?? noTracer,
      log: {
        info: (message) => this.logged.push(message),
        warn: (message) => this.logged.push(message),
        error: (message) => this.logged.push(message),
      },
    };
  }

  async #emit(event: OutgoingEvent): Promise<boolean> {
    if (this.#options.sinkTakes?.(event) === false) return false;
    this.emitted.push(event);
    if (this.#options.direct) await this.deliverOne(event);
    else this.bus.push(...(this.#options.deliver?.(event) ?? [event]));
    return true;
  }
}
