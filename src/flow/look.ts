import { diagnose } from "../core/diagnose.ts";
import type { Diagnosis } from "../core/diagnosis.ts";
import type { Evidence, Layout, Material } from "../core/evidence.ts";
import { pastGenerations } from "../core/history.ts";
import { type Incident, isOver } from "../core/incident.ts";
import { type Installation, newInstallation } from "../core/installation.ts";
import { type Instant, seconds } from "../core/instant.ts";
import { incidentName, installationName, unresolvedNamespace, unseenGeneration } from "../core/names.ts";
import { seenValue } from "../core/seen.ts";
import type { Versioned } from "../ports/store.ts";
import { gather } from "./gather.ts";
import type { Ports, Settings } from "./ports.ts";

/** Both documents as they were loaded, with the versions that a save must name. */
export interface Loaded {
  readonly installation: Installation;
  readonly installationVersion: string | undefined;
  readonly incident: Versioned<Incident> | undefined;
}

export interface Looked {
  readonly evidence: Evidence;
  readonly diagnosis: Diagnosis;
  readonly loaded: Loaded;
  /** The generation that the incident is about: the present one, as far as it can be seen. */
  readonly generation: string;
  readonly layout: Layout | undefined;
  readonly material: Material | undefined;
}

const layoutOf = (evidence: Evidence): Layout | undefined => {
  const read = seenValue(evidence.layout);
  return read?.supported ? read.layout : undefined;
};

const materialOf = (evidence: Evidence): Material | undefined => {
  const read = seenValue(evidence.material);
  return read?.usable ? read.material : undefined;
};

/** Where KEDA is: as seen now, even when its layout is refused; else as this process or a person knew before. */
function namespaceOf(evidence: Evidence, known: string | undefined): string {
  const service = seenValue(evidence.apiService)?.service.namespace;
  return layoutOf(evidence)?.namespace ?? service ?? known ?? unresolvedNamespace;
}

/**
 * A Pod whose files were written as one generation is older than the first write that we know of that very generation.
 * Only the newest on record counts: a generation that comes back after another was written anew.
 */
function withKnownWrite(evidence: Evidence, installation: Installation): Evidence {
  const { material } = evidence;
  if (!material.seen || !material.value.usable) return evidence;
  const present = material.value.material;
  const known = installation.generations[0];
  if (known?.generation !== present.generation || known.writtenAt >= present.writtenAt) return evidence;
  return {
    ...evidence,
    material: { ...material, value: { usable: true, material: { ...present, writtenAt: known.writtenAt } } },
  };
}

type Stored = Pick<Ports, "store">;

interface About {
  readonly incident: Versioned<Incident> | undefined;
  readonly generation: string;
}

/** Certificates that cannot be seen are no new incident while that of the last known generation is open: half a plan may hang on it. */
async function loadUnseen({ store }: Stored, installation: Installation): Promise<About> {
  const last = installation.generations[0]?.generation;
  const incident = last === undefined ? undefined : await store.loadIncident(incidentName(installation.name, last));
  if (last !== undefined && incident !== undefined && !isOver(incident.document)) return { incident, generation: last };
  return {
    incident: await store.loadIncident(incidentName(installation.name, unseenGeneration)),
    generation: unseenGeneration,
  };
}

async function load(
  ports: Stored,
  name: string,
  seen: string | undefined,
  now: Instant,
): Promise<{ loaded: Loaded; generation: string }> {
  const [found, present] = await Promise.all([
    ports.store.loadInstallation(name),
    seen === undefined ? undefined : ports.store.loadIncident(incidentName(name, seen)),
  ]);
  const installation = found?.document ?? newInstallation(name, now);
  const { incident, generation } =
    seen === undefined ? await loadUnseen(ports, installation) : { incident: present, generation: seen };
  return { loaded: { installation, installationVersion: found?.version, incident }, generation };
}

/** Evidence that took longer is no picture of one moment: a process that was frozen meanwhile must look again. */
const longestLook = seconds(20);

export const isTooOld = ({ clock }: Pick<Ports, "clock">, beganAt: Instant): boolean =>
  clock.now() - beganAt > longestLook;

export interface Looking {
  readonly settings: Settings;
  /** Ask for one raw metric on top: recovery is being verified. */
  readonly verifying: boolean;
  /** KEDA's namespace as far as it is known without looking. */
  readonly knownNamespace: string | undefined;
}

/** Loads what is on record and judges evidence with it: the past generations make the logged text predictable. */
export async function judge(
  ports: Pick<Ports, "store" | "cluster" | "clock">,
  looking: Looking,
  gathered: Evidence,
): Promise<Looked> {
  const name = installationName(ports.cluster.clusterName, namespaceOf(gathered, looking.knownNamespace));
  const seen = materialOf(gathered)?.generation;
  const { loaded, generation } = await load(ports, name, seen, ports.clock.now());
  const known = withKnownWrite(gathered, loaded.installation);
  const evidence = { ...known, history: pastGenerations(loaded.installation, seen) };
  const diagnosis = diagnose(evidence, looking.settings.policy);
  return { evidence, diagnosis, loaded, generation, layout: layoutOf(evidence), material: materialOf(evidence) };
}

/** Looks at the cluster as it is now, then judges. */
export async function look(
  ports: Pick<Ports, "store" | "cluster" | "clock" | "probe">,
  looking: Looking,
): Promise<Looked> {
  return judge(ports, looking, await gather(ports, { settings: looking.settings, askRawMetric: looking.verifying }));
}
