import type { IncomingEvent } from "../../core/event.ts";
import type { NotOurs, Signal } from "../../core/signal.ts";
import { kubeEventSignal } from "./kubeEvent.ts";
import { notOurs } from "./notOurs.ts";
import { isInGroup, type NamedObject, objectSignal } from "./objectSignal.ts";
import { isOwnKind, isOwnWrite } from "./ownWrite.ts";
import { objectAt, textAt } from "./read.ts";

/** Types of Knative's ApiServerSource. */
export const apiServerPrefix = "dev.knative.apiserver.";

type Mode = "ref" | "resource";
type Verb = "add" | "update" | "delete";

/** All six types; a table, because a regular expression builds four strings per event. */
const types: ReadonlyMap<string, { readonly mode: Mode; readonly verb: Verb }> = new Map(
  (["ref", "resource"] as const).flatMap((mode) =>
    (["add", "update", "delete"] as const).map(
      (verb) => [`${apiServerPrefix}${mode}.${verb}`, { mode, verb }] as const,
    ),
  ),
);

/** The object by the event's extensions, else by its data: a reference names itself, a resource in its metadata. */
function objectOf(event: IncomingEvent, kind: string | undefined, apiVersion: string | undefined): NamedObject {
  const { namespace, name } = event.attributes;
  const names = objectAt(event.data, "metadata") ?? event.data;
  return {
    kind,
    apiVersion,
    namespace: namespace ?? textAt(names, "namespace"),
    name: name ?? textAt(names, "name"),
  };
}

const isEvent = (kind: string | undefined, apiVersion: string | undefined): boolean =>
  kind === "Event" && (isInGroup(apiVersion, "") || isInGroup(apiVersion, "events.k8s.io"));

/** An Event's deletion is its expiry, an hour after the fact; a mere reference to one says nothing about its content. */
function eventSignal(mode: Mode, verb: Verb, data: unknown): Signal | NotOurs {
  if (verb === "delete") return notOurs("DeletedEvent");
  return mode === "resource" ? kubeEventSignal(data) : notOurs("ForeignKind");
}

/** What an event of ApiServerSource means, in Reference or Resource mode. A `delete` of an object is no proof: it wakes us up. */
export function apiServerSignal(event: IncomingEvent): Signal | NotOurs {
  const type = types.get(event.type);
  if (type === undefined) return notOurs("ForeignType");
  const { mode, verb } = type;
  const kind = event.attributes["kind"] ?? textAt(event.data, "kind");
  if (mode === "resource" && kind?.toLowerCase() === "secret") return notOurs("SecretInResourceMode");
  const apiVersion = event.attributes["apiversion"] ?? textAt(event.data, "apiVersion");
  if (isEvent(kind, apiVersion)) return eventSignal(mode, verb, event.data);
  if (isOwnKind(apiVersion) || isOwnWrite(event.data)) return notOurs("OwnWrite");
  return objectSignal(objectOf(event, kind, apiVersion), verb);
}
