import { annotations } from "../../src/core/annotations.ts";
import { approvalHash } from "../../src/core/approval.ts";
import { decide } from "../../src/core/decide.ts";
import { advance } from "../../src/core/evolve.ts";
import { formatInstant, minutes } from "../../src/core/instant.ts";
import { installationName } from "../../src/core/names.ts";
import { defaultPolicy, type Policy } from "../../src/core/policy.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import { look } from "../../src/flow/look.ts";
import type { OutgoingEvent } from "../../src/ports/emitter.ts";
import type { Actor, Case, Rotation, Step } from "./case.ts";
import { type HostName, Hosts, type Setting } from "./hosts.ts";
import { Ledger, type Variant } from "./ledger.ts";
import { Model } from "./model/cluster.ts";
import { broken, generationNamed, issued, type Pair, selfSigned, usable } from "./model/pairs.ts";
import { newLife, portsOf } from "./ports.ts";
import { signalOf } from "./signals.ts";
import { type Timers, turn } from "./timers.ts";

const setting = ({ readSecret, skew, install }: Case): Setting => {
  const [respond, restart, sweep] = skew.apart.map((own) =>
    Math.max(-minutes(10), Math.min(minutes(10), own + skew.all)),
  );
  return {
    readSecret: readSecret || !install.certManager,
    skew: { respond: respond ?? 0, restart: restart ?? 0, sweep: sweep ?? 0 },
  };
};

/** One hour around the beginning of the world. */
const window = { from: 12 * 60, to: 13 * 60 + 30 };

function policyOf({ policy: { window: windowed, ...rest } }: Case): Policy {
  return { ...defaultPolicy, ...rest, ...(windowed ? { maintenanceWindow: window } : {}) };
}

/** Plays one history, step by step, and writes down what keda-medic does. */
export class Play {
  readonly model: Model;
  readonly ledger = new Ledger();
  readonly hosts: Hosts;
  readonly made: Case;
  plain = true;
  #rotations = 0;
  #ca = 0;
  #lastWakeUp: ReturnType<Hosts["wakeUp"]> | undefined;

  constructor(made: Case, timers: Timers) {
    this.made = made;
    this.model = new Model(made.install);
    const more = { ledger: this.ledger, setting: setting(made), timers, policy: policyOf(made) };
    this.hosts = new Hosts(this.model, more);
  }

  async step(step: Step): Promise<void> {
    if (step.do !== "wait") this.ledger.seen.add(`step ${step.do}`);
    if (!harmless.has(step.do)) this.plain = false;
    await this.#do(step);
    if (this.hosts.slow > 0 || this.hosts.killAfter !== undefined) await turn();
    this.hosts.slow = 0;
    this.hosts.killAfter = undefined;
  }

  async #do(step: Step): Promise<void> {
    const { model, hosts } = this;
    switch (step.do) {
      case "wait":
        return hosts.pass(step.time);
      case "rotate":
        return this.#rotate(step.how);
      case "break":
        // Who reads no Secret sees what cert-manager issued, not what a person's hand wrote.
        if (this.hosts.setting.readSecret) model.write(broken(step.how, model.present, this.#rotations));
        return;
      case "kill":
        return model.kill(step.component);
      case "roll":
        return model.roll(step.component);
      case "neverReady":
        return model.roll(step.component, { neverReady: true });
      case "applyAnew":
      case "recreate":
        this.ledger.add({ at: model.now, kind: "unmarked", component: step.component });
        return model[step.do](step.component);
      case "pause":
        return model.pause(step.component, step.on);
      case "handsOff":
        return model.annotate(step.component, annotations.paused, step.on ? "mine" : undefined);
      case "scale":
        return model.scale(step.component, step.up ? this.made.install.replicas[step.component] : 0);
      case "weather":
        model.weather[step.what] = step.on;
        return model.happen();
      case "deny":
        if (step.on) model.weather.denied.add(step.what);
        else model.weather.denied.delete(step.what);
        return;
      case "apiDown":
        return this.#outage(step.time);
      default:
        return this.#ours(step);
    }
  }

  async #ours(step: Step): Promise<void> {
    const { hosts } = this;
    switch (step.do) {
      case "event": {
        hosts.killAfter = step.killAfter || undefined;
        const repeated = step.repeat ? this.#lastWakeUp : undefined;
        this.#lastWakeUp = repeated ?? hosts.wakeUp(await signalOf(step.what, hosts));
        return hosts.tell(step.host, this.#lastWakeUp);
      }
      case "sweep":
        hosts.killAfter = step.killAfter || undefined;
        hosts.slow = step.slow;
        await hosts.sweep(step.host);
        return;
      case "deliver":
        hosts.killAfter = step.killAfter || undefined;
        hosts.slow = step.slow;
        return this.#deliver(step.how, step.host);
      case "tick":
        return hosts.tick(step.time);
      case "forge":
        return this.#forge(step.component, step.host, step.end);
      case "approve":
        return this.#approve(step.variant);
      case "forget":
        hosts.store = memoryStore();
        this.ledger.add({ at: this.model.now, kind: "forget" });
        return;
      case "forgetIncidents":
        return this.#forgetIncidents();
      case "restartAll":
        return hosts.restartAll();
      case "mode":
        hosts.policy = { ...hosts.policy, mode: step.mode };
        return hosts.restartAll();
      case "together":
        return this.#together(step);
    }
  }

  async #outage(time: number): Promise<void> {
    this.model.weather.apiDown = true;
    await this.hosts.sweep("a");
    this.hosts.pass(time);
    await this.hosts.sweep("b");
    this.model.weather.apiDown = false;
  }

  #rotate(how: Rotation): void {
    const { model } = this;
    const pair = this.#nextPair(how);
    if (pair.id === model.present.id) return;
    // Of more than one rotation keda-medic may know too little history, and then it rightly asks a person.
    if (model.secret.length > 1) this.plain = false;
    model.write(pair);
  }

  #nextPair(how: Rotation): Pair {
    const { model } = this;
    const good = model.secret.map((w) => w.pair).filter((pair) => usable(pair, model.now));
    this.#rotations += 1;
    if (how === "repair") return good.at(-1) ?? this.#nextPair("rekey");
    if (how === "rollBack") return good.filter((pair) => pair.id !== model.present.id).at(-1) ?? model.present;
    const leafNumber = this.#rotations;
    if (how === "bundle") {
      this.#ca += 1;
      return issued({ ca: this.#ca, leafNumber, bundled: true });
    }
    if (this.made.install.issuer === "self" && how !== "shortLeaf") return selfSigned(leafNumber);
    if (how === "rekey") this.#ca += 1;
    const renewal = how === "renewCa" ? { renewal: leafNumber } : {};
    const short = Math.ceil((model.now + minutes(20)) / minutes(60)) * minutes(60);
    return issued({ ca: this.#ca, leafNumber, ...renewal, ...(how === "shortLeaf" ? { notAfter: short } : {}) });
  }

  /** A person, or the issuer, puts a usable pair into the Secret. */
  repair(): void {
    this.#rotate("repair");
  }

  async #deliver(how: string, host: HostName): Promise<void> {
    const { hosts } = this;
    const events = hosts.bus;
    if (how === "keep") return;
    hosts.bus = [];
    if (how === "lose") return;
    const ordered = how === "backwards" ? [...events].reverse() : events;
    for (const event of ordered) {
      await hosts.deliver(host, event);
      if (how === "twice") await hosts.deliver(host === "a" ? "b" : "a", event);
    }
  }

  /** Whoever can post an event posts a request that nobody decided. */
  async #forge(component: "operator" | "metrics-apiserver", host: HostName, end: boolean): Promise<void> {
    const all = await this.hosts.store.listIncidents();
    const generation = generationNamed(this.model.present) ?? "0".repeat(64);
    const incident = all[0]?.document;
    const request = { incident: incident?.name ?? `model.keda.${generation.slice(0, 12)}`, component };
    const named = { ...request, generation: incident?.generation ?? generation };
    await this.hosts.ask(host, end ? { ...named, action: "endStalePods" } : named);
  }

  /** What a person does with the command line: look, decide, and put a hash on what would be restarted. */
  async #approve(variant: Variant): Promise<void> {
    const { hosts, model, ledger } = this;
    const ports = portsOf(hosts, newLife("sweep"));
    if (model.weather.storeDown) return;
    const policy = hosts.policy;
    const settings = { policy, readSecret: hosts.setting.readSecret, answerWithin: 2000 };
    const looked = await look(ports, { settings, verifying: false, knownNamespace: undefined });
    const known = looked.loaded.incident?.document;
    if (known === undefined) return;
    const incident = advance(known, looked.evidence);
    const file = { installation: looked.loaded.installation, incident, evidence: looked.evidence };
    const decision = decide(file, looked.diagnosis, policy, model.now);
    if (decision.kind !== "restart") return;
    const { diagnosis } = looked;
    const hash = approvalHash({
      incident: known.name,
      generation: known.generation,
      targets: decision.targets,
      diagnosis,
    });
    const given = model.now + (variant === "old" ? -minutes(95) : variant === "early" ? minutes(25) : 0);
    const value = `${variant === "otherHash" ? hash.replace(/^./, (c) => (c === "0" ? "1" : "0")) : hash} ${formatInstant(given)}`;
    const targets = variant === "half" ? decision.targets.slice(1) : decision.targets;
    for (const { component } of targets) model.annotate(component, annotations.approved, value);
    const all = decision.targets.map((t) => t.component);
    ledger.add({
      at: model.now,
      kind: "approval",
      variant,
      incident: known.name,
      components: all,
      cause: diagnosis.code,
      given,
    });
    ledger.seen.add(`approval ${variant}`);
  }

  /** Several processes at once; the numbers decide who goes next at every crossing. */
  async #together({ actors, order, between }: Extract<Step, { do: "together" }>): Promise<void> {
    const { hosts } = this;
    let waiting: (() => void)[] = [];
    hosts.gate = () => new Promise((resolve) => waiting.push(resolve));
    const bus = hosts.bus;
    if (actors.includes("deliver")) hosts.bus = [];
    const work = actors.map((actor, i) => this.#act(actor, i % 2 === 0 ? "a" : "b", bus));
    for (let n = 0; n < 400; n += 1) {
      await turn();
      if (waiting.length === 0) break;
      const [go] = waiting.splice((order[n % order.length] ?? 0) % waiting.length, 1);
      if (between !== undefined && n === order[0]) this.model.kill(between);
      go?.();
    }
    hosts.gate = undefined;
    for (const go of waiting) go();
    waiting = [];
    await Promise.all(work);
  }

  async #act(actor: Actor, host: HostName, bus: readonly OutgoingEvent[]): Promise<void> {
    const { hosts } = this;
    if (actor === "sweep") await hosts.sweep(host);
    if (actor === "event") await hosts.tell(host, hosts.wakeUp(await signalOf("hpa", hosts)));
    if (actor === "deliver") for (const event of bus) await hosts.deliver(host, event);
  }

  async #forgetIncidents(): Promise<void> {
    const { hosts, ledger, model } = this;
    const store = memoryStore();
    const found = await hosts.store.loadInstallation(this.installationName());
    if (found !== undefined) await store.saveInstallation(found.document, undefined);
    hosts.store = store;
    ledger.add({ at: model.now, kind: "forgetIncidents" });
  }

  installationName(): string {
    return installationName(this.hosts.answers.clusterName, "keda");
  }
}

/** Steps after which nothing excuses that a curable pair is not cured. */
const harmless: ReadonlySet<string> = new Set([
  ...["wait", "rotate", "kill", "event", "sweep", "deliver", "tick", "restartAll", "together", "forge"],
]);
