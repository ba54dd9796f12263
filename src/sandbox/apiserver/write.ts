import type { Clock } from "../../ports/clock.ts";
import { toSecond } from "../stamps.ts";
import { type Call, field, nameIn, textField } from "./call.ts";
import { kinds, qualified, type Resource } from "./kinds.ts";
import type { Objects, StoredObject } from "./objects.ts";
import { mergePatch, strategicMergePatch } from "./patch.ts";
import { type Answer, alreadyExists, badRequest, conflict, failure, notFound, notSpoken, ok } from "./status.ts";

export interface Writing {
  readonly objects: Objects;
  readonly clock: Clock;
  /** keda-medic's CRDs as they were before they had a status subresource. */
  readonly oldCrds?: boolean;
}

/** Whether the kind keeps its status behind a path of its own. */
const hasStatus = ({ oldCrds = false }: Writing, resource: Resource): boolean =>
  kinds[resource].group === "kedamedic.dev" && !oldCrds;

/** PATCH of a Deployment, guarded by the uid and resourceVersion that the patch may name. */
export function patchObject({ objects }: Writing, resource: Resource, call: Call): Answer {
  const old = objects.get(resource, { namespace: call.info.namespace, name: nameIn(call) });
  if (old === undefined) return notFound(resource, nameIn(call));
  const apply = PATCHES[call.contentType];
  if (apply === undefined) return notSpoken(`patch of type ${call.contentType}`);
  const refused = guard(resource, old, call.body);
  return refused ?? ok(objects.put(resource, apply(old, call.body) as StoredObject));
}

const PATCHES: Readonly<Record<string, typeof mergePatch>> = {
  "application/merge-patch+json": mergePatch,
  "application/strategic-merge-patch+json": strategicMergePatch,
};

function guard(resource: Resource, old: StoredObject, wanted: unknown): Answer | undefined {
  const version = textField(wanted, "metadata", "resourceVersion");
  if (version !== undefined && version !== old.metadata.resourceVersion) return conflict(resource, old.metadata.name);
  const uid = textField(wanted, "metadata", "uid");
  return uid === undefined || uid === old.metadata.uid ? undefined : immutableUid(resource, old, uid);
}

/** Unlike a DELETE's precondition, a patch with another uid is not a conflict but an attempt to change the field. */
function immutableUid(resource: Resource, old: StoredObject, uid: string): Answer {
  const { group, kind } = kinds[resource];
  const message = `Invalid value: "${uid}": field is immutable`;
  const problem = `metadata.uid: ${message}`;
  const answer = failure(422, "Invalid", `${kind}.${group} "${old.metadata.name}" is invalid: ${problem}`);
  const cause = { reason: "FieldValueInvalid", message, field: "metadata.uid" };
  // Told twice: by the validation of every object and by that of Deployments.
  const details = { name: old.metadata.name, group, kind, causes: [cause, cause] };
  return { ...answer, body: { ...(answer.body as object), details } };
}

export function createObject(writing: Writing, resource: Resource, call: Call): Answer {
  const { objects } = writing;
  const name = textField(call.body, "metadata", "name");
  if (name === undefined) return badRequest("name or generateName is required");
  const at = { namespace: call.info.namespace, name };
  if (objects.get(resource, at) !== undefined) return alreadyExists(resource, at, call.info.group);
  const { status, ...object } = placed(call, name);
  if (hasStatus(writing, resource)) return ok(objects.put(resource, object as StoredObject), 201);
  if (kinds[resource].group === "kedamedic.dev" && status === undefined) return statusRequired(resource, name);
  return ok(objects.put(resource, placed(call, name)), 201);
}

/** What a CRD says that requires a status and does not have the subresource. */
function statusRequired(resource: Resource, name: string): Answer {
  const { group, kind } = kinds[resource];
  const answer = failure(422, "Invalid", `${kind}.${group} "${name}" is invalid: status: Required value`);
  const causes = [{ reason: "FieldValueRequired", message: "Required value", field: "status" }];
  return { ...answer, body: { ...(answer.body as object), details: { name, group, kind, causes } } };
}

/** PUT: compare-and-swap when it names a resourceVersion. A status that has a path of its own stays as it is. */
export function replaceObject(writing: Writing, resource: Resource, call: Call): Answer {
  const { objects } = writing;
  const old = objects.get(resource, { namespace: call.info.namespace, name: nameIn(call) });
  if (old === undefined) return notFound(resource, nameIn(call));
  const refused = unguarded(resource, old, call) ?? guard(resource, old, call.body);
  if (refused !== undefined) return refused;
  const next = placed(call, old.metadata.name);
  return ok(objects.put(resource, hasStatus(writing, resource) ? { ...next, status: old.status } : next));
}

/** PUT of the status alone: everything else stays as it is. Without the subresource nobody finds the path. */
export function replaceStatus(writing: Writing, resource: Resource, call: Call): Answer {
  const { objects } = writing;
  const old = objects.get(resource, { namespace: call.info.namespace, name: nameIn(call) });
  if (old === undefined || !hasStatus(writing, resource)) return notFound(resource, nameIn(call));
  const refused = unguarded(resource, old, call) ?? guard(resource, old, call.body);
  return refused ?? ok(objects.put(resource, { ...old, status: (call.body as StoredObject).status }));
}

function unguarded(resource: Resource, old: StoredObject, call: Call): Answer | undefined {
  if (kinds[resource].group !== "kedamedic.dev" || textField(call.body, "metadata", "resourceVersion") !== undefined)
    return undefined;
  const problem = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
  return failure(422, "Invalid", `${qualified(resource)} "${old.metadata.name}" is invalid: ${problem}`);
}

function placed(call: Call, name: string): StoredObject {
  const { resourceVersion, ...metadata } = (field(call.body, "metadata") ?? {}) as StoredObject["metadata"];
  const namespace = call.info.namespace === undefined ? {} : { namespace: call.info.namespace };
  return { ...(call.body as StoredObject), metadata: { ...metadata, ...namespace, name } };
}

export function deleteObject({ objects }: Writing, resource: Resource, call: Call): Answer {
  const at = { namespace: call.info.namespace, name: nameIn(call) };
  const old = objects.get(resource, at);
  if (old === undefined) return notFound(resource, nameIn(call));
  const refused = precondition(resource, old, call.body);
  if (refused !== undefined) return refused;
  objects.remove(resource, at);
  return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details: { name: at.name } });
}

/** DELETE of a Pod marks it; kubelet ends the container and removes the object. A later DELETE can only shorten the grace. */
export function deletePod({ objects, clock }: Writing, _: Resource, call: Call): Answer {
  const at = { namespace: call.info.namespace, name: nameIn(call) };
  const old = objects.get("pods", at);
  if (old === undefined) return notFound("pods", at.name);
  const grace = Number(
    field(call.body, "gracePeriodSeconds") ?? field(old.spec, "terminationGracePeriodSeconds") ?? 30,
  );
  return precondition("pods", old, call.body) ?? ok(objects.put("pods", dying(old, grace, clock.now())));
}

/** The Pod with its end marked, as the API server does on a graceful deletion. */
export function dying(pod: StoredObject, grace: number, now: number): StoredObject {
  const already = field(pod.metadata, "deletionGracePeriodSeconds");
  if (typeof already === "number" && already <= grace) return pod;
  const deletion = { deletionTimestamp: toSecond(now + grace * 1000), deletionGracePeriodSeconds: grace };
  return { ...pod, metadata: { ...pod.metadata, ...deletion } };
}

function precondition(resource: Resource, old: StoredObject, options: unknown): Answer | undefined {
  const uid = textField(options, "preconditions", "uid");
  const version = textField(options, "preconditions", "resourceVersion");
  const { name } = old.metadata;
  if (uid !== undefined && uid !== old.metadata.uid) {
    const { kind } = kinds[resource];
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${old.metadata.uid}). The object might have been deleted and then recreated`;
    return failure(409, "Conflict", `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, { name, kind });
  }
  if (version === undefined || version === old.metadata.resourceVersion) return undefined;
  const why = `Precondition failed: ResourceVersion in precondition: ${version}, ResourceVersion in object meta: ${old.metadata.resourceVersion}`;
  return conflict(resource, name, why);
}
