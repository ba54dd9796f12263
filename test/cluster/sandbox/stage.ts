import { setTimeout as sleep } from "node:timers/promises";
import { type Broker, createBroker } from "../../../src/sandbox/demo/broker.ts";
import { startTicker } from "../../../src/sandbox/demo/ticker.ts";
import { subscribe } from "../../../src/sandbox/demo/triggers.ts";
import { createWorld, type InProcessWorld } from "../../../src/sandbox/inProcessWorld.ts";
import type { WorldOptions } from "../../../src/sandbox/worldOptions.ts";
import { configOf } from "../../builders/config.ts";
import { connectApi } from "../api/client.ts";
import { type FunctionName, functions } from "../medic/images.ts";
import type { Play, Scenario } from "../scenarios/scenario.ts";
import type { Judged } from "../world/judge.ts";
import { postTo } from "../world/post.ts";
import { waitingIn } from "../world/waiting.ts";
import { Witness } from "../world/witness.ts";
import { type Front, openFront } from "./front.ts";
import { type RunningFunction, startInProcess } from "./function.ts";
import { auditedAs, isMedic } from "./requests.ts";
import { rightsFor } from "./rights.ts";

/** World milliseconds per real one. */
export const speed = 12;
/** As on the real cluster of the harness. */
const timing = { propagationDelay: 5000, hpaPeriod: 5000 } as const;
const sweepEvery = 15_000;

/** The in-process world with keda-medic beside it, for one scenario that was written for the real cluster. */
export interface SandboxStage extends Judged {
  readonly world: InProcessWorld;
  readonly play: Play;
  close(): Promise<void>;
}

function worldOptions(scenario: Scenario): WorldOptions {
  const given = { install: scenario.install, issuer: scenario.issuer, firstLeafFor: scenario.firstLeafFor };
  return {
    speed,
    timing: scenario.propagation === undefined ? timing : { ...timing, propagationDelay: scenario.propagation },
    kedaVersion: scenario.keda,
    metricsApiservers: scenario.metricsApiservers ?? 2,
    certManager: scenario.withoutSecret === true,
    rules: rightsFor(scenario),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

const common = { KEDA_MEDIC_MODE: "act", KEDA_MEDIC_CLUSTER: "processes", KEDA_MEDIC_NAMESPACE: "keda-medic" };

/** keda-medic's functions, each behind one address. */
class Medic {
  readonly #hosts = new Map<FunctionName, RunningFunction[]>();
  readonly #fronts = new Map<FunctionName, Front>();
  readonly #broker: Broker;
  #beforePatch: (() => Promise<void>) | undefined;
  #stopTicking = (): void => {};

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  async start(scenario: Scenario, world: InProcessWorld, witness: Witness): Promise<void> {
    const config = configOf({ ...common, ...scenario.settings });
    for (const name of functions) {
      const pod = { metadata: { name: `keda-medic-${name}-1`, namespace: "keda-medic" } };
      const options = {
        world,
        name,
        config,
        sink: this.#broker.url,
        onLine: (text: string) => witness.onLine(pod, text.trim()),
        probeRefused: scenario.probeRefused === true,
        beforePatch: () => this.#held(),
      };
      const hosts = await Promise.all(Array.from({ length: scenario.hosts ?? 1 }, () => startInProcess(options)));
      this.#hosts.set(name, hosts);
      this.#fronts.set(name, await openFront(() => hosts.flatMap((host) => host.port() ?? [])));
    }
    subscribe(this.#broker, (name) => this.urlOf(name));
    world.events.sendTo(this.#broker.url);
    this.#stopTicking = startTicker(this.urlOf("sweep"), sweepEvery / speed);
  }

  urlOf(name: FunctionName): string {
    return this.#fronts.get(name)?.url ?? "";
  }

  crash(name: FunctionName): void {
    for (const host of this.#hosts.get(name) ?? []) host.crash();
  }

  async #held(): Promise<void> {
    const during = this.#beforePatch;
    this.#beforePatch = undefined;
    await during?.();
  }

  /** Runs this before the next patch is sent; resolves when it has. */
  beforeNextPatch(during: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#beforePatch = () => during().then(resolve, reject);
    });
  }

  async close(): Promise<void> {
    this.#stopTicking();
    for (const front of this.#fronts.values()) front.close();
    await Promise.all([...this.#hosts.values()].flat().map((host) => host.close()));
    await this.#broker.close();
  }
}

export async function openSandboxStage(scenario: Scenario, say: (line: string) => void): Promise<SandboxStage> {
  const world = await createWorld(worldOptions(scenario));
  const medic = new Medic(await createBroker(() => {}));
  const witness = new Witness(say);
  witness.follow(world);
  const api = connectApi(await world.kubeconfig("admin"));
  const close = async (): Promise<void> => {
    api.close();
    await medic.close();
    await world.close();
  };
  try {
    await scenario.before?.(world);
    await medic.start(scenario, world, witness);
    await world.until("keda-medic's first look", () => witness.decisions.length > 0);
    const requests = async () => world.apiServer.journal.entries.filter(isMedic).map(auditedAs);
    const play = playOf({ world, witness, api, requests }, medic, say);
    return { world, witness, api, requests, play, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A wait is twice as long as on the real cluster, for what a busy machine does to a fast world. */
const pace = 2 / speed;

function playOf(judged: Judged & { world: InProcessWorld }, medic: Medic, say: Play["note"]): Play {
  const { world, witness } = judged;
  return {
    ...waitingIn(judged, pace),
    world,
    decisions: witness.decisions,
    pause: (milliseconds) => sleep(milliseconds / speed),
    crash: async (name) => {
      say(`keda-medic-${name} is killed`);
      medic.crash(name);
    },
    holdCaBundle: async (pem) => world.holdCaBundle(pem),
    betweenLookAndPatch: (during) => medic.beforeNextPatch(during),
    post: (event) => postTo(medic.urlOf(event.to), event),
    note: say,
  };
}
