import type { Incident } from "../../core/incident.ts";
import type { InProcessWorld } from "../inProcessWorld.ts";
import { scalingActive } from "../picture.ts";
import type { WorldOptions } from "../worldOptions.ts";
import type { Narrator } from "./narrator.ts";

/** What keda-medic has on record and has done, as the demo's last word is judged by it. */
export interface Record {
  /** Decision codes in the order in which they were made. */
  readonly decisions: readonly string[];
  readonly incidents: readonly Pick<Incident, "phase" | "diagnosis" | "decision">[];
}

export interface Play {
  readonly world: InProcessWorld;
  readonly narrator: Narrator;
  /** In real time divided by speed. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly decided: (code: string) => Promise<void>;
  readonly record: () => Record;
}

export interface Scenario {
  readonly title: string;
  readonly about: string;
  readonly world: WorldOptions;
  readonly run: (play: Play) => Promise<void>;
  /** Undefined when it ended as it must, else what is wrong. */
  readonly judge: (play: Play) => Promise<string | undefined>;
  readonly ending: string;
}

const allActive = async (world: InProcessWorld): Promise<boolean> =>
  (await world.hpas()).every((hpa) => scalingActive(hpa)?.status === "True");
const allFailing = async (world: InProcessWorld): Promise<boolean> =>
  (await world.hpas()).every((hpa) => scalingActive(hpa)?.message?.includes("in the time allotted"));

const noneActive = async (world: InProcessWorld): Promise<boolean> =>
  (await world.hpas()).every((hpa) => scalingActive(hpa)?.status === "False");

const patient = 60_000;

/** A container that restarts in place before kubelet has brought the new files would load the old ones. */
const untilPropagated = 72_000;

/** Patches of Deployments by anybody of ours. */
const patches = (world: InProcessWorld): number =>
  world.apiServer.journal.writes().filter((w) => w.method === "PATCH" && w.status < 300).length;

async function untouched({ world }: Play): Promise<string | undefined> {
  const rolled = (await world.rollouts("operator")) + (await world.rollouts("metrics-apiserver"));
  if (patches(world) > 0 || rolled > 0) return `something was restarted: ${patches(world)} patches, ${rolled} rollouts`;
  return undefined;
}

async function incident({ world, narrator, pause, decided }: Play): Promise<void> {
  narrator.tell("happened", "KEDA 2.13.1 runs with two metrics-apiservers; both HPAs have valid metrics.");
  await pause(48_000);
  await world.rotateSecret("selfSignedRekey");
  narrator.tell(
    "note",
    "The certificate is renewed with a new key. KEDA up to 2.17.1 loads it only at start: nothing breaks yet.",
  );
  await decided("LatentMismatch");
  await pause(untilPropagated);
  await world.oomKill("operator");
  narrator.tell(
    "note",
    "The operator comes back with the new certificate; the metrics-apiservers still trust the old one.",
  );
  await world.until("every HPA to fail", () => allFailing(world), patient);
  narrator.tell(
    "happened",
    "Every HPA of KEDA: ScalingActive=False, FailedGetExternalMetric. Autoscaling stands still; KEDA says it is fine.",
  );
  await decided("MetricsApiserverStale");
  await decided("Recovered");
}

async function incidentEnded({ world }: Play): Promise<string | undefined> {
  if (!(await allActive(world))) return "not every HPA is ScalingActive=True";
  const [adapter, operator] = [await world.rollouts("metrics-apiserver"), await world.rollouts("operator")];
  if (adapter !== 1 || operator !== 0)
    return `metrics-apiserver rolled out ${adapter} times, operator ${operator} times`;
  return patches(world) === 1 ? undefined : `${patches(world)} patches instead of one`;
}

async function brokenSecret({ world, narrator, pause, decided }: Play): Promise<void> {
  await pause(24_000);
  await world.rotateSecret("keyOfAnother");
  narrator.tell(
    "note",
    "Somebody edits the Secret: tls.key no longer belongs to tls.crt. What runs still works, from memory.",
  );
  await decided("SecretKeyMismatch");
  await pause(untilPropagated);
  await world.oomKill("operator");
  await world.until(
    "the operator to crash-loop",
    async () => (await world.pods("operator")).some((pod) => JSON.stringify(pod.status).includes("CrashLoopBackOff")),
    patient,
  );
  narrator.tell(
    "happened",
    "The operator cannot come back: CrashLoopBackOff. HPAs fail as in the incident; a tool that restarts on sight would restart the last working part.",
  );
  await world.until("every HPA to fail", () => noneActive(world), patient);
  await pause(36_000);
}

async function brokenSecretEnded(play: Play): Promise<string | undefined> {
  const { decisions } = play.record();
  if (!decisions.includes("SecretKeyMismatch")) return "the broken Secret was not recognised";
  return untouched(play);
}

async function hotReload({ world, narrator, pause, decided }: Play): Promise<void> {
  await pause(24_000);
  await world.rotateSecret("selfSignedRekey");
  narrator.tell("note", "The same rotation with KEDA 2.20.2, which reloads certificates by itself.");
  await decided("ReloadPending");
  await pause(untilPropagated);
  await world.oomKill("operator");
  await pause(12_000);
  await world.until("every HPA to have a valid metric", () => allActive(world), patient);
  await decided("Healthy");
}

async function hotReloadEnded(play: Play): Promise<string | undefined> {
  if (!(await allActive(play.world))) return "not every HPA is ScalingActive=True";
  return untouched(play);
}

export const scenarios: Readonly<{ [name: string]: Scenario }> = {
  incident: {
    title: "1. The incident (keda#5683): a stale metrics-apiserver after a certificate rotation and an OOM kill",
    about: "Expected: the metrics-apiserver is restarted once, nothing else, and the HPAs recover.",
    world: { kedaVersion: "2.13.1", metricsApiservers: 2 },
    run: incident,
    judge: incidentEnded,
    ending: "the metrics-apiserver was restarted once, the operator was left alone, every HPA is ScalingActive=True.",
  },
  "broken-secret": {
    title: "2. Refused: the Secret's own pair is broken",
    about: "Expected: nothing is restarted, because whatever restarts now loads what cannot work.",
    world: { kedaVersion: "2.13.1", metricsApiservers: 1 },
    run: brokenSecret,
    judge: brokenSecretEnded,
    ending: "nothing was restarted. A restart would have turned a limping pair into a dead one.",
  },
  "hot-reload": {
    title: "3. Refused: a newer KEDA reloads by itself",
    about: "Expected: nothing is restarted, and the HPAs are fine without us.",
    world: { kedaVersion: "2.20.2", metricsApiservers: 1 },
    run: hotReload,
    judge: hotReloadEnded,
    ending: "nothing was restarted. KEDA >= 2.17.2 reloads hop B's certificates, and it did.",
  },
};
