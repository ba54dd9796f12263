import { minutes, seconds } from "../../src/core/instant.ts";
import type { Policy } from "../../src/core/policy.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import { makeRespond } from "../../src/flow/respond.ts";
import { makeRestart } from "../../src/flow/restart.ts";
import { makeSweep, type Swept } from "../../src/flow/sweep.ts";
import type { OutgoingEvent } from "../../src/ports/emitter.ts";
import type { Answer, RestartRequest, WakeUp } from "../../src/ports/responder.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Ledger, Role } from "./ledger.ts";
import type { Model } from "./model/cluster.ts";
import { Answers } from "./model/server.ts";
import { type Life, newLife, portsOf } from "./ports.ts";
import { type Timers, turn } from "./timers.ts";

export type HostName = "a" | "b";

export interface Setting {
  readonly readSecret: boolean;
  /** How far each role's clock is from the API server's. */
  readonly skew: Readonly<Record<Role, number>>;
}

interface Process {
  readonly life: Life;
  readonly respond: (wakeUp: WakeUp) => Promise<Answer>;
  readonly restart: (request: RestartRequest) => Promise<Answer>;
  readonly sweep: () => Promise<Swept>;
}

/** Every process of keda-medic on two hosts, one store, one broker, one cluster. */
export class Hosts {
  readonly model: Model;
  readonly ledger: Ledger;
  readonly setting: Setting;
  readonly timers: Timers;
  readonly answers: Answers;
  store: Store = memoryStore();
  policy: Policy;
  bus: OutgoingEvent[] = [];
  /** The process that makes this write from now on, counted from one, dies right after it. */
  killAfter: number | undefined;
  /** Virtual milliseconds that every look-up takes. */
  slow = 0;
  /** Decides who goes next where several run at once. */
  gate: ((name: string) => Promise<void>) | undefined;
  #running = new Map<string, Process>();
  #keys = 0;

  constructor(model: Model, more: { ledger: Ledger; setting: Setting; timers: Timers; policy: Policy }) {
    this.model = model;
    this.ledger = more.ledger;
    this.setting = more.setting;
    this.timers = more.timers;
    this.policy = more.policy;
    this.answers = new Answers(model);
  }

  clock(role: Role): number {
    return this.model.now + this.setting.skew[role];
  }

  pass(time: number): void {
    this.model.advance(this.model.now + time);
    this.timers.advance(this.model.now);
  }

  of(host: HostName, role: Role): Process {
    const key = `${host}/${role}`;
    const running = this.#running.get(key);
    if (running !== undefined && !running.life.dead) return running;
    const life = newLife(role);
    const ports = portsOf(this, life);
    const settings = { policy: this.policy, readSecret: this.setting.readSecret, answerWithin: 2000 };
    const respond = makeRespond(ports, settings);
    const fresh = { life, respond, restart: makeRestart(ports, settings), sweep: makeSweep(ports, respond) };
    this.#running.set(key, fresh);
    return fresh;
  }

  restartAll(): void {
    this.#running.clear();
  }

  /** Runs what one process does until it is done or dead. */
  async run<T>(life: Life, work: () => Promise<T>): Promise<T | undefined> {
    const guarded = work().catch((error: unknown) => this.#threw(life.role, error) as undefined);
    const done = await Promise.race([guarded, life.end]);
    if (life.dead || this.slow > 0) await turn();
    return done;
  }

  #threw(by: Role, error: unknown): void {
    const code = (error as { code?: string }).code;
    if (by === "sweep" && code === "Unreachable" && this.model.weather.storeDown) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.ledger.add({ at: this.model.now, kind: "threw", by, error: text.slice(0, 600) });
  }

  wakeUp(signal: WakeUp["signal"], key?: string): WakeUp {
    this.#keys += 1;
    return { signal, at: this.clock("respond"), key: key ?? `source/${this.#keys}` };
  }

  async tell(host: HostName, wakeUp: WakeUp): Promise<void> {
    const process = this.of(host, "respond");
    await this.run(process.life, () => process.respond(wakeUp));
  }

  async ask(host: HostName, request: RestartRequest): Promise<void> {
    const process = this.of(host, "restart");
    await this.run(process.life, () => process.restart(request));
  }

  async sweep(host: HostName): Promise<Swept | undefined> {
    const process = this.of(host, "sweep");
    return this.run(process.life, () => process.sweep());
  }

  /** One event of ours to whom it is for. */
  async deliver(host: HostName, { type, data }: OutgoingEvent): Promise<void> {
    const { incident, component, generation, result, code, sentence } = data as RestartRequest & {
      result: "performed" | "refused";
      code: string;
      sentence: string;
    };
    if (type === "dev.kedamedic.restart.requested.v1") await this.ask(host, { incident, component, generation });
    if (type === "dev.kedamedic.pods.end-requested.v1")
      await this.ask(host, { incident, component, generation, action: "endStalePods" });
    if (type === `dev.kedamedic.restart.${result}.v1`) {
      const report = { component, generation, result, code, sentence };
      await this.tell(host, this.wakeUp({ kind: "RestartReported", incident, report }));
    }
  }

  async deliverAll(host: HostName): Promise<void> {
    for (let i = 0; i < 6 && this.bus.length > 0; i += 1) {
      const events = this.bus;
      this.bus = [];
      for (const event of events) await this.deliver(host, event);
    }
  }

  /** A timer that sweeps at due times, and a broker that delivers. */
  async tick(time: number, least = seconds(20)): Promise<void> {
    const end = this.model.now + time;
    while (this.model.now < end) {
      await this.deliverAll("a");
      const swept = await this.sweep("a");
      await this.deliverAll("a");
      const due = swept?.nextDueAt === undefined ? minutes(5) : swept.nextDueAt - this.clock("sweep");
      this.pass(Math.min(Math.max(due, least), end - this.model.now, minutes(5)) || least);
    }
  }
}
