import type { KubeObject } from "../../../ports/cluster.ts";
import { kubePath } from "../path.ts";
import type { EventRequest } from "./queue.ts";
import type { Verb, Watched } from "./reflector.ts";

/** Where KEDA is, as far as watching goes. */
export interface WatchedNames {
  readonly namespace: string;
  readonly secret: string;
}

/** A kind of object that is watched, and what is told of its changes. Undefined: nothing. */
export interface Telling extends Watched {
  readonly tell: (verb: Verb, object: KubeObject) => Told | undefined;
}

/** What an event says; `everything` says: look at everything. */
export type Told =
  | "everything"
  | { readonly kind: string; readonly apiVersion: string; readonly verb: Verb; readonly object: KubeObject }
  | { readonly kubeEvent: unknown; readonly about: string };

const version = ({ metadata }: KubeObject): string => `${metadata.uid ?? ""} ${metadata.resourceVersion ?? ""}`;

const named =
  (kind: string, apiVersion: string): Telling["tell"] =>
  (verb, object) => ({ kind, apiVersion, verb, object });

export const pods = ({ namespace }: WatchedNames): Telling => ({
  what: "Pods",
  path: kubePath("api", "v1", "namespaces", namespace, "pods"),
  metadataOnly: true,
  digest: version,
  tell: named("Pod", "v1"),
});

/** The one Secret, and of it nothing but its version. */
export const secret = ({ namespace, secret: name }: WatchedNames): Telling => ({
  what: "the Secret",
  path: kubePath("api", "v1", "namespaces", namespace, "secrets"),
  fieldSelector: `metadata.name=${name}`,
  metadataOnly: true,
  digest: version,
  tell: named("Secret", "v1"),
});

const certManager = ({ namespace }: WatchedNames, resource: string): string =>
  kubePath("apis", "cert-manager.io", "v1", "namespaces", namespace, resource);

export const certificates = (names: WatchedNames): Telling => ({
  what: "Certificates",
  path: certManager(names, "certificates"),
  metadataOnly: true,
  digest: version,
  tell: named("Certificate", "cert-manager.io/v1"),
});

/** A request tells of the Certificate that it is made for. */
export const certificateRequests = (names: WatchedNames): Telling => ({
  what: "CertificateRequests",
  path: certManager(names, "certificaterequests"),
  metadataOnly: true,
  digest: version,
  tell: (verb, { metadata }) => {
    const name = metadata.annotations?.["cert-manager.io/certificate-name"] ?? metadata.name;
    return { kind: "Certificate", apiVersion: "cert-manager.io/v1", verb, object: { metadata: { ...metadata, name } } };
  },
});

/** Events about HPAs whose external metric fails, and no others. */
export const events: Telling = {
  what: "Events",
  path: kubePath("api", "v1", "events"),
  fieldSelector: "reason=FailedGetExternalMetric,involvedObject.kind=HorizontalPodAutoscaler",
  metadataOnly: false,
  digest: version,
  tell: (verb, object) => {
    if (verb === "delete") return undefined;
    const { involvedObject } = object as {
      readonly involvedObject?: { readonly namespace?: string; readonly name?: string };
    };
    return { kubeEvent: object, about: `${involvedObject?.namespace}/${involvedObject?.name}` };
  },
};

interface ScalingActive {
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

function scalingActive({ status }: KubeObject): ScalingActive | undefined {
  const { conditions } = (status ?? {}) as { readonly conditions?: unknown };
  const all = Array.isArray(conditions) ? (conditions as readonly (ScalingActive & { readonly type?: string })[]) : [];
  return all.find((condition) => condition?.type === "ScalingActive");
}

const failsByMetric = (active: ScalingActive | undefined): active is ScalingActive =>
  active?.status === "False" && active.reason === "FailedGetExternalMetric";

/** The status words that tell one hop from another; the rest of the text changes with every metric. */
const wording = (message = ""): string => /in the time allotted|unable to handle|rpc error/.exec(message)?.[0] ?? "";

/**
 * HPAs of KEDA. Their status is written at every change of a metric, so only the turn matters: one that begins to fail
 * is told as the HPA controller tells it, by an Event; one that works again asks for a look.
 */
export const hpas: Telling = {
  what: "HPAs",
  path: kubePath("apis", "autoscaling", "v2", "horizontalpodautoscalers"),
  labelSelector: "scaledobject.keda.sh/name",
  metadataOnly: false,
  digest: (object) => {
    const active = scalingActive(object);
    return failsByMetric(active) ? `fails ${wording(active.message)}` : "";
  },
  tell: (verb, object) => {
    const active = scalingActive(object);
    if (verb === "update" && !failsByMetric(active)) return "everything";
    return verb === "delete" || !failsByMetric(active) ? undefined : asEvent(object, active);
  },
};

function asEvent({ metadata }: KubeObject, { reason, message }: ScalingActive): Told {
  const { name, namespace, labels } = metadata;
  const kubeEvent = {
    kind: "Event",
    apiVersion: "v1",
    metadata: { name, namespace },
    involvedObject: { kind: "HorizontalPodAutoscaler", apiVersion: "autoscaling/v2", namespace, name, labels },
    reason,
    message,
    type: "Warning",
  };
  return { kubeEvent, about: `${namespace}/${name}` };
}

/** Names of Kubernetes are ASCII; anything else must not end up in a header. */
const plain = (text: string): string => text.replaceAll(/[^\x21-\x7e]/g, "?");

interface Written {
  readonly type: string;
  readonly extensions: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function written(told: Told): Written {
  if (told === "everything") return { type: "dev.kedamedic.sweep.tick.v1", extensions: {}, body: {} };
  if ("kubeEvent" in told) {
    const extensions = { "ce-kind": "Event", "ce-apiversion": "v1" };
    return { type: "dev.knative.apiserver.resource.update", extensions, body: told.kubeEvent };
  }
  const { kind, apiVersion, verb, object } = told;
  const { name, namespace = "" } = object.metadata;
  const extensions = {
    "ce-kind": kind,
    "ce-apiversion": apiVersion,
    "ce-name": plain(name),
    "ce-namespace": plain(namespace),
  };
  return { type: `dev.knative.apiserver.ref.${verb}`, extensions, body: { kind, namespace, name, apiVersion } };
}

/** A CloudEvent as Knative's ApiServerSource sends it, so that one decoder reads both. */
export function asRequest(told: Told, source: string, id: string): EventRequest {
  const { type, extensions, body } = written(told);
  const headers = { "ce-specversion": "1.0", "ce-type": type, "ce-id": id, "ce-source": source, ...extensions };
  return { headers: { ...headers, "content-type": "application/json" }, body: Buffer.from(JSON.stringify(body)) };
}

/** What a newer event takes the place of an older one by. */
export function keyOfTold(told: Told): string {
  if (told === "everything") return told;
  if ("kubeEvent" in told) return `metric ${told.about}`;
  return `${told.kind} ${told.object.metadata.namespace ?? ""}/${told.object.metadata.name}`;
}
