import type { Target } from "../../core/decision.ts";
import type { Mode } from "../../core/policy.ts";
import { seenValue } from "../../core/seen.ts";
import type { ClusterReader } from "../../ports/cluster.ts";
import type { Emitter, OutgoingEvent } from "../../ports/emitter.ts";
import type { KubeClient } from "./client.ts";
import { incidents, storeGroup, storeVersion } from "./documents.ts";
import type { Happening, Regarding } from "./events.ts";
import { lookUp } from "./look.ts";
import { documentPath } from "./storeWrite.ts";

/** An incident's record as reports carry it (`core/record.ts`), as far as people are told of it. */
interface Record {
  readonly incident: string;
  readonly decision?: { readonly code: string; readonly sentence: string; readonly targets: readonly Target[] };
  readonly restarts?: readonly Target[];
  readonly outcome?: { readonly sentence: string };
}

type Worth = Pick<Happening, "type" | "action">;

/** Reports that are worth a person's eyes beside the Deployment. */
const worth: Readonly<{ [type: string]: Worth | undefined }> = {
  "dev.kedamedic.incident.opened.v1": { type: "Warning", action: "Restart" },
  "dev.kedamedic.incident.refused.v1": { type: "Warning", action: "Refuse" },
  "dev.kedamedic.incident.escalated.v1": { type: "Warning", action: "Escalate" },
  "dev.kedamedic.incident.latent.v1": { type: "Warning", action: "Warn" },
  "dev.kedamedic.incident.recovered.v1": { type: "Normal", action: "Verify" },
};

export interface EventEmitterOptions {
  readonly client: KubeClient;
  readonly cluster: Pick<ClusterReader, "deployments">;
  /** keda-medic's own. */
  readonly namespace: string;
  readonly mode: Mode;
  readonly record: (happening: Happening) => Promise<void>;
}

/**
 * What people are told goes to the sink and, as a Kubernetes Event, to the Deployments that it is about; to the Incident
 * where it is about none. The Event is written beside the way: nobody waits for it.
 */
export function withKubernetesEvents(emitter: Emitter, options: EventEmitterOptions): Emitter {
  return {
    emit: (event) => {
      const about = worth[event.type];
      if (about !== undefined) tell(options, event, about).catch(() => undefined);
      return emitter.emit(event);
    },
  };
}

async function tell(options: EventEmitterOptions, { id, data }: OutgoingEvent, about: Worth): Promise<void> {
  const told = data as Record;
  const { decision, outcome } = told;
  if (decision === undefined) return;
  const sentence = outcome?.sentence ?? decision.sentence;
  const note = `${sentence}${about.action === "Restart" ? (hints[options.mode] ?? "") : ""} (incident ${told.incident})`;
  for (const regarding of await regarded(options, told))
    await options.record({ id, ...about, reason: decision.code, note, regarding });
}

/** A decision is what should happen; the mode says what of it may. */
const hints: Readonly<Partial<{ [mode in Mode]: string }>> = {
  observe: " keda-medic only observes: nothing is done.",
  approve: " Waits for an approval: kubectl keda-medic approve.",
};

async function regarded(options: EventEmitterOptions, told: Record): Promise<readonly Regarding[]> {
  const targets = [...(told.decision?.targets ?? []), ...(told.restarts ?? [])];
  const [namespace] = targets.map((target) => target.namespace);
  if (namespace === undefined) return [await incident(options, told.incident)];
  const deployments = seenValue(await options.cluster.deployments(namespace)) ?? [];
  return [...new Set(targets.map(({ name }) => name))].map((name) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace,
    name,
    uid: deployments.find(({ metadata }) => metadata.name === name)?.metadata.uid,
  }));
}

async function incident({ client, namespace }: EventEmitterOptions, name: string): Promise<Regarding> {
  const found = seenValue(await lookUp(client, documentPath(namespace, incidents.resource, name)));
  const apiVersion = `${storeGroup}/${storeVersion}`;
  return { apiVersion, kind: incidents.kind, namespace, name, uid: found?.metadata.uid };
}
