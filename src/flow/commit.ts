import type { Decision } from "../core/decision.ts";
import { advance, evolve, openIncident, superseded, withSymptom, worthAnIncident } from "../core/evolve.ts";
import { withOpenBreaker, withReservation } from "../core/history.ts";
import { type Incident, isOver, type PendingEffect } from "../core/incident.ts";
import type { Installation } from "../core/installation.ts";
import type { Instant } from "../core/instant.ts";
import { incidentName, unseenGeneration } from "../core/names.ts";
import type { WakeUp } from "../ports/responder.ts";
import { decideNow } from "./held.ts";
import type { Looked } from "./look.ts";
import { withSeen } from "./onRecord.ts";
import type { Ports, Settings } from "./ports.ts";

export interface Committed {
  readonly decision: Decision;
  /** As saved; undefined when nothing is worth an incident. */
  readonly incident: Incident | undefined;
  readonly version: string | undefined;
  /** Effects that this commit claimed: only we may perform them until their retry time. */
  readonly claimed: readonly PendingEffect[];
}

/** `conflict`: somebody else wrote first; nothing of ours was done. Look again. */
export type Commit = { readonly result: "committed"; readonly committed: Committed } | { readonly result: "conflict" };

export interface Waking {
  readonly wakeUp: WakeUp;
  readonly traceparent: string | undefined;
  /** When looking began: what fell due or was parked after it, this look does not answer. */
  readonly beganAt: Instant;
}

/** The incident to decide about: the one on record, or a new one where the diagnosis is worth it. */
function subject(looked: Looked, { wakeUp, traceparent }: Waking, now: Instant): Incident | undefined {
  const known = looked.loaded.incident?.document;
  const worth = worthAnIncident(looked.diagnosis, looked.evidence);
  if (known !== undefined && (worth || !isOver(known))) return known;
  if (!worth) return undefined;
  const installation = looked.loaded.installation.name;
  return openIncident({
    name: incidentName(installation, looked.generation),
    installation,
    generation: looked.generation,
    now,
    traceparent,
    foundBy: wakeUp.signal.kind === "Tick" ? "sweep" : "event",
  });
}

const due = (effect: PendingEffect, settings: Settings, now: Instant): boolean =>
  effect.lastAttemptAt === undefined || now - effect.lastAttemptAt >= settings.policy.effectRetry;

/** The save that records an attempt is the claim to it: an expiring lease, so a crash costs one retry time. */
function claim(
  incident: Incident,
  settings: Settings,
  now: Instant,
): { incident: Incident; claimed: readonly PendingEffect[] } {
  const dues = new Set(incident.effects.filter((e) => due(e, settings, now)).map((e) => e.id));
  const effects = incident.effects.map((e) =>
    dues.has(e.id) ? { ...e, attempts: e.attempts + 1, lastAttemptAt: now } : e,
  );
  return { incident: { ...incident, effects }, claimed: effects.filter((e) => dues.has(e.id)) };
}

function nextInstallation({ installation, incident }: Judged, generation: string, now: Instant): Installation {
  let next = installation;
  // A wait reserves nothing: whatever was granted before it must be granted anew when its generation came back.
  const plan = incident?.phase === "acting" && incident.decision?.kind === "restart" ? incident.plan : undefined;
  if (plan !== undefined) {
    next = withReservation(next, {
      generation,
      components: plan.steps.map((s) => s.component),
      cause: plan.cause,
      now,
    });
  }
  return incident?.decision?.code === "NotRecovered" ? withOpenBreaker(next, generation, now) : next;
}

/**
 * When to look although no incident is open: something is settling (a 503 after a rotation, an issuing certificate), or
 * an event was parked while this look was under way.
 */
function withDue(installation: Installation, own: Instant | undefined, beganAt: Instant): Installation {
  const { dueAt: before, ...rest } = installation;
  const parked = before !== undefined && before > beganAt ? before : undefined;
  const dueAt = own === undefined || parked === undefined ? (own ?? parked) : Math.min(own, parked);
  if (dueAt === before) return installation;
  return dueAt === undefined ? rest : { ...rest, dueAt };
}

const unchanged = (before: Incident | undefined, after: Incident): boolean => {
  if (before === undefined) return false;
  const comparable = ({ updatedAt: _u, dueAt: _d, symptoms: _s, ...rest }: Incident) => JSON.stringify(rest);
  return comparable(before) === comparable(after);
};

/** A look that changes nothing but times is written only when its due time has come, so an idle wait costs few writes. */
const worthSaving = (before: Incident | undefined, after: Incident, now: Instant): boolean =>
  !unchanged(before, after) || (before?.dueAt ?? 0) <= now;

async function close({ store }: Pick<Ports, "store">, name: string, now: Instant): Promise<void> {
  const found = await store.loadIncident(name);
  if (found !== undefined && !isOver(found.document))
    await store.saveIncident(superseded(found.document, now), found.version);
}

/**
 * A generation that is seen ends the incident of the one before it, and the one of the time when none could be seen.
 * Losing the race is harmless: sweep closes what is left open.
 */
async function closePrevious(ports: Pick<Ports, "store">, looked: Looked, now: Instant): Promise<void> {
  if (looked.material === undefined) return;
  const { name, generations } = looked.loaded.installation;
  const previous = generations[0]?.generation;
  await close(ports, incidentName(name, unseenGeneration), now);
  if (previous !== undefined && previous !== looked.generation) await close(ports, incidentName(name, previous), now);
}

interface Judged {
  /** The record that was judged by. */
  readonly installation: Installation;
  readonly decision: Decision;
  readonly incident: Incident | undefined;
  readonly claimed: readonly PendingEffect[];
}

/** Decides, and says what the incident becomes of it. */
function judged(looked: Looked, settings: Settings, waking: Waking, now: Instant): Judged {
  const { evidence, diagnosis } = looked;
  const opened = subject(looked, waking, now);
  const incident = opened === undefined ? undefined : advance(opened, evidence);
  const file = { installation: withSeen(looked, settings, now), incident, evidence };
  const { installation } = file;
  const { decision, policy } = decideNow(file, diagnosis, settings, now);
  if (incident === undefined) return { installation, decision, incident, claimed: [] };
  const evolved = evolve({ ...file, incident }, { diagnosis, decision, policy, now });
  const { kind } = waking.wakeUp.signal;
  return { installation, decision, ...claim(withSymptom(evolved, kind, waking.wakeUp.at), settings, now) };
}

/** True when the installation is as it should be now; false when somebody else wrote first. */
async function saveInstallation(ports: Pick<Ports, "store">, looked: Looked, next: Installation): Promise<boolean> {
  const { installation, installationVersion } = looked.loaded;
  return next === installation || (await ports.store.saveInstallation(next, installationVersion)).saved;
}

async function saveIncident(
  ports: Pick<Ports, "store">,
  before: Looked["loaded"]["incident"],
  { decision, incident, claimed }: Judged,
  now: Instant,
): Promise<Commit> {
  const committed = (saved: Pick<Committed, "incident" | "version" | "claimed">): Commit => ({
    result: "committed",
    committed: { decision, ...saved },
  });
  if (incident === undefined) return committed({ incident, version: undefined, claimed });
  if (!worthSaving(before?.document, incident, now))
    return committed({ incident: before?.document, version: before?.version, claimed: [] });
  const saved = await ports.store.saveIncident(incident, before?.version);
  return saved.saved ? committed({ incident, version: saved.version, claimed }) : { result: "conflict" };
}

/**
 * Decides and writes: first the installation (generation, reservation, breaker), then the incident with its effects.
 * Each is one compare-and-swap. A crash in between leaves a reservation that the next commit of the same plan finds granted.
 */
export async function commit(
  ports: Pick<Ports, "store" | "clock">,
  settings: Settings,
  looked: Looked,
  waking: Waking,
): Promise<Commit> {
  const now = ports.clock.now();
  const next = judged(looked, settings, waking, now);
  const own = next.incident === undefined && next.decision.kind === "wait" ? next.decision.dueAt : undefined;
  const installation = withDue(nextInstallation(next, looked.generation, now), own, waking.beganAt);
  const touched = installation === looked.loaded.installation ? installation : { ...installation, updatedAt: now };
  if (!(await saveInstallation(ports, looked, touched))) return { result: "conflict" };
  await closePrevious(ports, looked, now);
  return saveIncident(ports, looked.loaded.incident, next, now);
}
