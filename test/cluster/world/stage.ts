import { setTimeout as sleep } from "node:timers/promises";
import { type Collector, startCollector } from "../../edge/otel/collector.ts";
import type { Loose } from "../api/client.ts";
import type { Medic, MedicOptions } from "../medic/deploy.ts";
import { type FunctionName, functionUrl } from "../medic/images.ts";
import { installMedic } from "../medic/install.ts";
import { type LambdaAccount, openAccount } from "../medic/lambda/deployLambda.ts";
import type { Manifests } from "../medic/render.ts";
import type { Play, Scenario } from "../scenarios/scenario.ts";
import { audited, type Written, writtenIncidents } from "./audit.ts";
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
  /** Every write of an Incident, in order. */
  written(): Promise<readonly Written[]>;
  /** What is shown and tried when everything is judged; returns what is wrong. */
  finish(): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface StageOptions extends Pick<RealWorldOptions, "folder" | "binaries" | "modules" | "propagation" | "hpaPeriod"> {
  /** Where keda-medic's manifests come from. */
  readonly manifests: Manifests;
  /** Folder of what is deployed to AWS, with manifests `lambda`. */
  readonly awsPackage?: string | undefined;
}

export type Say = (line: string) => void;

/** Rhythm of the timer; a PingSource can do a minute at best. */
const sweepEvery = 15_000;

export async function openStage(scenario: Scenario, options: StageOptions, say: Say): Promise<Stage> {
  const witness = new Witness(say);
  const { binaries, modules, awsPackage } = options;
  const manifests = scenario.eventing === undefined ? options.manifests : "eventing";
  const account = awsPackage === undefined ? undefined : await openAccount(awsPackage, options.folder);
  const world = new RealWorld({
    ...options,
    kedaVersion: scenario.keda,
    metricsApiservers: scenario.metricsApiservers ?? 2,
    ...installation(scenario),
    certManager: scenario.withoutSecret ?? false,
    onLine: (pod, text) => witness.onLine(pod, text),
    ...(account === undefined ? {} : { authenticator: account.authenticator }),
  });
  witness.follow(world);
  let collector: Collector | undefined;
  try {
    await world.open();
    await scenario.before?.(world);
    collector = await startCollector();
    const medic = await installMedic(world, {
      manifests,
      wanted: wantedFor(scenario, collector.url),
      hosts: scenario.hosts,
      binaries,
      modules,
      oidc: scenario.eventing === "oidc",
      account,
      say,
      onLine: (name, text) => witness.onLine(podLike(name), text),
    });
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
      told: () => toldTo(sink, bringTraces.includes(manifests) && scenario.silent !== true),
      killed: () => killed.size > 0,
      ...medic.judging,
    };
    return {
      ...judged,
      symptoms,
      written: async () => medic.written?.() ?? writtenIncidents(world.cluster.controlPlane.auditLog),
      play: playOf(judged, { say, killed, crashElsewhere: medic.crash, delivery: medic.delivery }),
      finish: async () => {
        const missed = new Set(scenario.takenRights?.map((right) => `needed and not granted: ${right}`));
        return (await medic.finish()).filter((sentence) => !missed.has(sentence));
      },
      close: () => end(world, { medic, symptoms, collector: sink, account }),
    };
  } catch (error) {
    await collector?.close();
    await world.close();
    await account?.close();
    throw error;
  }
}

/** How keda-medic is installed for a scenario, on every host. */
const wantedFor = (scenario: Scenario, collector: string): MedicOptions => ({
  settings: {
    KEDA_MEDIC_MODE: "act",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector,
    ...scenario.settings,
  },
  rights: [
    ...(scenario.withoutSecret === true ? [] : (["secret"] as const)),
    ...(scenario.endPods === true ? (["endPods"] as const) : []),
  ],
  hosts: scenario.hosts ?? 1,
  sweepEvery,
});

/** What a scenario says about the installation, and nothing where it says nothing. */
function installation(scenario: Scenario): Partial<RealWorldOptions> {
  const { issuer, subPath, install, firstLeafFor, probeRefused, propagation } = scenario;
  const given = Object.entries({ issuer, subPath, install, firstLeafFor, probeRefused, propagation });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** A function on Lambda is no Pod; its log is read as that of one. */
const podLike = (name: FunctionName): Loose => ({
  metadata: { name: `keda-medic-${name}-lambda`, namespace: "keda-medic" },
});

/** Hosts whose sources of events begin traces: Knative's adapters do, our own watches and the exporter do not. */
const bringTraces: readonly Manifests[] = ["harness", "knative", "eventing"];

const toldTo = (collector: Collector, sourcesTrace: boolean): Told => ({
  sourcesTrace,
  spans: collector.spans(),
  bodies: collector.requests.map(({ body }) => body),
});

interface Beside {
  readonly medic: Medic;
  readonly symptoms: Symptoms;
  readonly collector: Collector;
  readonly account: LambdaAccount | undefined;
}

async function end(world: RealWorld, { medic, symptoms, collector, account }: Beside): Promise<void> {
  symptoms.close();
  await medic.close();
  await world.close();
  await collector.close();
  await account?.close();
}

interface Telling {
  readonly say: Say;
  /** Functions that were killed. */
  readonly killed: Set<FunctionName>;
  /** Kills a function that is no Pod. */
  readonly crashElsewhere: Medic["crash"];
  readonly delivery: Medic["delivery"];
}

function playOf(judged: Judged & { world: RealWorld }, { say, killed, crashElsewhere, delivery }: Telling): Play {
  const { world, witness } = judged;
  return {
    ...waitingIn(judged, 1),
    world,
    decisions: witness.decisions,
    pause: (milliseconds) => sleep(milliseconds),
    crash: async (name) => {
      say(`keda-medic-${name} is killed`);
      killed.add(name);
      crashElsewhere?.(name);
      for (const worker of await podsOf(world, name)) worker.container()?.crash();
    },
    holdCaBundle: (pem) => world.cluster.injector.hold(pem),
    betweenLookAndPatch: (during) => betweenLookAndPatch(world, during),
    post: (event) => postTo(functionUrl(event.to), event),
    ...(delivery === undefined ? {} : { delivery }),
    note: say,
  };
}
