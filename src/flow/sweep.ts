import { superseded } from "../core/evolve.ts";
import { type Incident, isOver } from "../core/incident.ts";
import type { Instant } from "../core/instant.ts";
import { installationName, unresolvedNamespace, unseenGeneration } from "../core/names.ts";
import type { Respond, Round } from "../ports/responder.ts";
import type { Versioned } from "../ports/store.ts";
import { isTooOld } from "./look.ts";
import { perform } from "./perform.ts";
import type { Ports } from "./ports.ts";

export interface Swept {
  readonly looked: boolean;
  /** The earliest due time of an open incident or of a parked event; undefined when nothing is open. */
  readonly nextDueAt: Instant | undefined;
}

type Sweeping = Pick<Ports, "cluster" | "store" | "clock" | "emitter" | "log">;

/** Several clusters may share a store; a namespace has no dots, so the last part of the name is it. */
function isOfCluster(installation: string, cluster: string): boolean {
  const namespace = installation.slice(installation.lastIndexOf(".") + 1);
  return installation === installationName(cluster, namespace);
}

/** An open incident whose generation is gone, as the installation remembers it. What was never seen ends by a look. */
function isLeftOver(incident: Incident, present: string | undefined): boolean {
  if (isOver(incident) || incident.generation === unseenGeneration) return false;
  return present !== undefined && incident.generation !== present;
}

async function closeLeftOver(
  { store, clock }: Sweeping,
  found: Versioned<Incident>,
  present: string | undefined,
): Promise<Versioned<Incident>> {
  if (!isLeftOver(found.document, present)) return found;
  const closed = superseded(found.document, clock.now());
  const saved = await store.saveIncident(closed, found.version);
  return saved.saved ? { document: closed, version: saved.version } : found;
}

/** Nobody judges an ended incident again, but what people were to be told of it is told until somebody took it. */
async function tellTheEnd(ports: Sweeping, { document, version }: Versioned<Incident>): Promise<void> {
  if (!isOver(document)) return;
  await perform(ports, { incident: document, version, claimed: document.effects.filter((e) => e.kind === "report") });
}

/** Ends what is left over of one installation and says what falls due there. */
async function settle(
  ports: Sweeping,
  name: string,
  incidents: readonly Versioned<Incident>[],
): Promise<readonly Instant[]> {
  const installation = (await ports.store.loadInstallation(name))?.document;
  const dues = [installation?.dueAt];
  for (const incident of incidents) {
    const settled = await closeLeftOver(ports, incident, installation?.generations[0]?.generation);
    await tellTheEnd(ports, settled);
    dues.push(settled.document.dueAt);
  }
  return dues.filter((due) => due !== undefined);
}

/**
 * Events that were parked before KEDA's namespace was known: this tick's look has answered those that were due. Gives
 * the due time that is left.
 */
async function answerParked({ store, cluster, clock }: Sweeping, beganAt: Instant): Promise<Instant[]> {
  const loaded = await store.loadInstallation(installationName(cluster.clusterName, unresolvedNamespace));
  if (loaded?.document.dueAt === undefined) return [];
  const { dueAt, ...document } = loaded.document;
  if (dueAt > beganAt || isTooOld({ clock }, beganAt)) return [dueAt];
  await store.saveInstallation({ ...document, updatedAt: clock.now() }, loaded.version);
  return [];
}

export type Sweep = (round?: Round) => Promise<Swept>;

/** When an incident is to be looked at; what nobody has taken yet is told at once. */
function dueOf({ document }: Versioned<Incident>): readonly Instant[] {
  if (isOver(document)) return document.effects.length === 0 ? [] : [0];
  return [document.dueAt ?? 0];
}

/** The earliest due time on record, without a look at the cluster; undefined when nothing is open. What was never looked at is due. */
async function firstDue({ store, cluster }: Sweeping, kedaNamespace: string | undefined): Promise<Instant | undefined> {
  const name = installationName(cluster.clusterName, kedaNamespace ?? unresolvedNamespace);
  const [all, installation] = await Promise.all([store.listIncidents(), store.loadInstallation(name)]);
  const own = all.filter((i) => isOfCluster(i.document.installation, cluster.clusterName));
  const neverSeen = installation === undefined ? [0] : [];
  const dues = [...neverSeen, ...own.flatMap(dueOf), installation?.document.dueAt].filter((due) => due !== undefined);
  return dues.length === 0 ? undefined : Math.min(...dues);
}

/** A look, and then everything that is on record. */
async function sweepAll(ports: Sweeping, respond: Respond): Promise<Swept> {
  const now = ports.clock.now();
  const answered = await respond({ signal: { kind: "Tick" }, at: now, key: `tick/${now}` });
  const all = await ports.store.listIncidents();
  const own = all.filter((i) => isOfCluster(i.document.installation, ports.cluster.clusterName));
  const dues: Instant[] = answered === "taken" ? await answerParked(ports, now) : [];
  for (const name of new Set(own.map((i) => i.document.installation))) {
    const incidents = own.filter((i) => i.document.installation === name);
    dues.push(...(await settle(ports, name, incidents)));
  }
  const next = Math.min(...dues);
  return { looked: answered === "taken", nextDueAt: Number.isFinite(next) ? next : undefined };
}

/**
 * respond woken by a tick: finds what no event told us, resumes what was parked, repeats effects that nobody
 * acknowledged, verifies recovery. Throws StoreError when the store cannot be read.
 *
 * @param kedaNamespace where events are parked for, as far as it is configured
 */
export function makeSweep(ports: Sweeping, respond: Respond, kedaNamespace?: string): Sweep {
  return async (round = "all") => {
    if (round === "all") return sweepAll(ports, respond);
    const nextDueAt = await firstDue(ports, kedaNamespace);
    const isDue = nextDueAt !== undefined && nextDueAt <= ports.clock.now();
    return isDue ? sweepAll(ports, respond) : { looked: true, nextDueAt };
  };
}
