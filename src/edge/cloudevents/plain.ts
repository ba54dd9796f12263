import type { IncomingEvent } from "../../core/event.ts";
import { addAttribute, finish, newDraft } from "./draft.ts";
import { parseJson } from "./json.ts";
import { objectAt, textAt } from "./read.ts";
import { type Refusal, refusals } from "./refusal.ts";

/** Prefix of the type that we give to Events without CloudEvents headers; the exporter's header templates use it too. */
export const kubeEventPrefix = "io.k8s.core.v1.event.";

/** When it happened, newest knowledge first. Source: Kubernetes Events, both faces of one object. */
function occurredAt(event: object): string | undefined {
  return (
    textAt(objectAt(event, "series"), "lastObservedTime") ??
    textAt(event, "lastTimestamp") ??
    textAt(event, "eventTime") ??
    textAt(event, "firstTimestamp") ??
    textAt(objectAt(event, "metadata"), "creationTimestamp")
  );
}

const sourceOf = (clusterName: string | undefined): string =>
  clusterName ? `/kubernetes-event-exporter/${encodeURIComponent(clusterName)}` : "/kubernetes-event-exporter";

/** Attributes of an Event, or undefined when the object is none. The same Event gives the same id, however often it is sent. */
function attributesOf(event: object): Readonly<Record<string, string | undefined>> | undefined {
  const involved = objectAt(event, "involvedObject");
  const metadata = objectAt(event, "metadata");
  const reason = textAt(event, "reason");
  const uid = textAt(metadata, "uid");
  if (involved === undefined || !reason || !uid) return undefined;
  return {
    specversion: "1.0",
    id: `${uid}.${textAt(metadata, "resourceVersion") ?? "0"}`,
    source: sourceOf(textAt(event, "clusterName")?.toWellFormed()),
    type: `${kubeEventPrefix}${reason}`,
    subject: ["kind", "namespace", "name"].map((part) => textAt(involved, part) ?? "").join("/"),
    time: occurredAt(event),
    datacontenttype: "application/json",
  };
}

/** Plain JSON of kubernetes-event-exporter: no `ce-` headers, the body is the Event itself. */
export function decodePlain(body: Buffer, traceHeader: unknown): IncomingEvent | Refusal {
  const parsed = parseJson(body);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  const attributes = typeof value === "object" && value !== null ? attributesOf(value) : undefined;
  if (attributes === undefined) return refusals.NotAnEvent;
  const draft = newDraft();
  for (const [name, text] of Object.entries(attributes)) {
    const refusal = text === undefined ? undefined : addAttribute(draft, name, text);
    if (refusal !== undefined) return refusal;
  }
  return finish(draft, value, traceHeader);
}
