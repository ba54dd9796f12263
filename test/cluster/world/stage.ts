import { setTimeout as sleep } from "node:timers/promises";
import { type Collector, startCollector } from "../../edge/otel/collector.ts";
import { deployMedic, type Medic, type MedicOptions } from "../medic/deploy.ts";
import { deployChart } from "../medic/deployChart.ts";
import { type FunctionName, functionUrl } from "../medic/images.ts";
import type { Manifests } from "../medic/render.ts";
import type { Play, Scenario } from "../scenarios/scenario.ts";
import { audited } from "./audit.ts";
import { betweenLookAndPatch } from "./freeze.ts";
import { podsOf } from "./functionPods.ts";
import type { Judged } from "./judge.ts";
import { postTo } from "./post.ts";
import { RealWorld, type RealWorldOptions } from "./realWorld.ts";
import { Symptoms } from "./symptoms.ts";
import type { Told } from "./trace.ts";
import { waitingIn } from "./waiting.ts";
import { Witness } from "./witness.ts";

/** A real cluster with KEDA and keda-medic in it, for one scenario. */
export interface Stage extends Judged {
  readonly world: RealWorld;
  readonly play: Play;
  readonly symptoms: Symptoms;
  /** What is shown and tried when everything is judged; returns what is wrong. */
  finish(): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface StageOptions extends Pick<RealWorldOptions, "folder" | "binaries" | "modules" | "propagation" | "hpaPeriod"> {
  /** Where keda-medic's manifests come from. */
  readonly manifests: Manifests;
}

export type Say = (line: string) => void;

/** Rhythm of the timer; a PingSource can do a minute at best. */
const sweepEvery = 15_000;

export async function openStage(scenario: Scenario, options: StageOptions, say: Say): Promise<Stage> {
  const witness = new Witness(say);
  const withoutSecret = scenario.withoutSecret ?? false;
  const world = new RealWorld({
    ...options,
    kedaVersion: scenario.keda,
    metricsApiservers: scenario.metricsApiservers ?? 2,
    ...installation(scenario),
    certManager: withoutSecret,
    onLine: (pod, text) => witness.onLine(pod, text),
  });
  witness.follow(world);
  let collector: Collector | undefined;
  try {
    await world.open();
    await scenario.before?.(world);
    collector = await startCollector();
    const wanted: MedicOptions = {
      settings: {
        KEDA_MEDIC_MODE: "act",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
        ...scenario.settings,
      },
      rights: [
        ...(withoutSecret ? [] : (["secret"] as const)),
        ...(scenario.endPods === true ? (["endPods"] as const) : []),
      ],
      hosts: scenario.hosts ?? 1,
      sweepEvery,
    };
    const { manifests: host, binaries } = options;
    const medic =
      host === "harness"
        ? await deployMedic(world, wanted)
        : await deployChart(world, { ...wanted, hosts: scenario.hosts, host, binaries, say });
    say("keda-medic is deployed");
    // As after an installation long ago: it has seen the pair that is about to be replaced.
    await world.until("keda-medic's first look", () => witness.decisions.length > 0);
    const symptoms = new Symptoms(world.api);
    const sink = collector;
    const killed = new Set<FunctionName>();
    const judged = {
      world,
      witness,
      api: world.api,
      requests: () => audited(world.cluster.controlPlane.auditLog),
      told: () => toldTo(sink, host !== "deployment" && scenario.silent !== true),
      killed: () => killed.size > 0,
    };
    return {
      ...judged,
      symptoms,
      play: playOf(judged, { say, killed }),
      finish: () => medic.finish(),
      close: () => end(world, { medic, symptoms, collector: sink }),
    };
  } catch (error) {
    await collector?.close();
    await world.close();
    throw error;
  }
}

/** What a scenario says about the installation, and nothing where it says nothing. */
function installation(scenario: Scenario): Partial<RealWorldOptions> {
  const { issuer, subPath, install, firstLeafFor, probeRefused, propagation } = scenario;
  const given = Object.entries({ issuer, subPath, install, firstLeafFor, probeRefused, propagation });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

const toldTo = (collector: Collector, sourcesTrace: boolean): Told => ({
  sourcesTrace,
  spans: collector.spans(),
  bodies: collector.requests.map(({ body }) => body),
});

interface Beside {
  readonly medic: Medic;
  readonly symptoms: Symptoms;
  readonly collector: Collector;
}

async function end(world: RealWorld, { medic, symptoms, collector }: Beside): Promise<void> {
  symptoms.close();
  await medic.close();
  await world.close();
  await collector.close();
}

interface Telling {
  readonly say: Say;
  /** Functions that were killed. */
  readonly killed: Set<FunctionName>;
}

function playOf(judged: Judged & { world: RealWorld }, { say, killed }: Telling): Play {
  const { world, witness } = judged;
  return {
    ...waitingIn(judged, 1),
    world,
    decisions: witness.decisions,
    pause: (milliseconds) => sleep(milliseconds),
    crash: async (name) => {
      say(`keda-medic-${name} is killed`);
      killed.add(name);
      for (const worker of await podsOf(world, name)) worker.container()?.crash();
    },
    holdCaBundle: (pem) => world.cluster.injector.hold(pem),
    betweenLookAndPatch: (during) => betweenLookAndPatch(world, during),
    post: (event) => postTo(functionUrl(event.to), event),
    note: say,
  };
}
