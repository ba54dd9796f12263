import { setTimeout as sleep } from "node:timers/promises";
import { deployMedic, type Medic } from "../medic/deploy.ts";
import type { FunctionName, Play, Scenario } from "../scenarios/scenario.ts";
import { audited, patchesOf } from "./audit.ts";
import { scalingActive } from "./picture.ts";
import { RealWorld, type RealWorldOptions } from "./realWorld.ts";
import { Symptoms } from "./symptoms.ts";
import { Witness } from "./witness.ts";

/** A real cluster with KEDA and keda-medic in it, for one scenario. */
export interface Stage {
  readonly world: RealWorld;
  readonly play: Play;
  readonly witness: Witness;
  readonly symptoms: Symptoms;
  close(): Promise<void>;
}

export type Say = (line: string) => void;

const patient = 180_000;
/** Rhythm of the timer; a PingSource can do a minute at best. */
const sweepEvery = 15_000;

export async function openStage(
  scenario: Scenario,
  options: Pick<RealWorldOptions, "folder" | "binaries" | "modules" | "propagation" | "hpaPeriod">,
  say: Say,
): Promise<Stage> {
  const witness = new Witness(say);
  const withoutSecret = scenario.withoutSecret ?? false;
  const world = new RealWorld({
    ...options,
    kedaVersion: scenario.keda,
    metricsApiservers: scenario.metricsApiservers ?? 2,
    ...(scenario.issuer === undefined ? {} : { issuer: scenario.issuer }),
    ...(scenario.subPath === undefined ? {} : { subPath: scenario.subPath }),
    certManager: withoutSecret,
    onLine: (pod, text) => witness.onLine(pod, text),
  });
  world.onMoment(({ who, text }) => {
    say(`${who}: ${text}`);
    if (who === "you" || who === "network") witness.mark();
  });
  try {
    await world.open();
    await scenario.before?.(world);
    const medic = await deployMedic(world, {
      settings: { KEDA_MEDIC_MODE: "act", ...scenario.settings },
      rights: [
        ...(withoutSecret ? [] : (["secret"] as const)),
        ...(scenario.endPods === true ? (["endPods"] as const) : []),
      ],
      hosts: scenario.hosts ?? 1,
      sweepEvery,
      onEvent: () => {},
    });
    say("keda-medic is deployed");
    // As after an installation long ago: it has seen the pair that is about to be replaced.
    await world.until("keda-medic's first look", () => witness.decisions.length > 0);
    const symptoms = new Symptoms(world.api);
    return { world, witness, symptoms, play: playOf(world, witness, say), close: () => end(world, medic, symptoms) };
  } catch (error) {
    await world.close();
    throw error;
  }
}

async function end(world: RealWorld, medic: Medic, symptoms: Symptoms): Promise<void> {
  symptoms.close();
  await medic.close();
  await world.close();
}

function playOf(world: RealWorld, witness: Witness, say: Say): Play {
  const timedOut = async (): Promise<boolean> =>
    (await world.hpas()).some((hpa) => scalingActive(hpa)?.message?.includes("in the time allotted"));
  const noneActive = async (): Promise<boolean> =>
    (await world.hpas()).every((hpa) => scalingActive(hpa)?.status === "False");
  const patches = async (): Promise<number> => patchesOf(await audited(world.cluster.controlPlane.auditLog)).length;
  return {
    world,
    decisions: witness.decisions,
    pause: (milliseconds) => sleep(milliseconds),
    decided: (code, within = patient) =>
      world.until(`keda-medic to decide ${code}`, () => witness.since().some((d) => d.code === code), within),
    failing: (within = patient) => world.until("an HPA to fail with a 504", timedOut, within),
    broken: (within = patient) => world.until("every HPA to fail", noneActive, within),
    healthy: (within = patient) => world.until("KEDA to be healthy", () => world.healthy(), within),
    patched: (within = patient) => world.until("keda-medic to patch", async () => (await patches()) > 0, within),
    crash: async (name) => {
      say(`keda-medic-${name} is killed`);
      await crash(world, name);
    },
    holdCaBundle: (pem) => world.cluster.injector.hold(pem),
    note: say,
  };
}

async function crash(world: RealWorld, name: FunctionName): Promise<void> {
  const pods = await world.api.list(`/api/v1/namespaces/keda-medic/pods?labelSelector=app%3Dkeda-medic-${name}`);
  for (const { metadata } of pods) world.cluster.kubelet.find("keda-medic", metadata.name)?.container()?.crash();
}
