import { randomBytes, randomUUID } from "node:crypto";
import { apiVersionOf, kinds } from "../apiserver/kinds.ts";
import type { Change } from "../apiserver/objects.ts";
import { toNano } from "../stamps.ts";

/** One HTTP request of an ApiServerSource. */
export interface CloudEventRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Mode = "ref" | "resource";

/** Binary mode, as Knative's adapter sends it. `Resource` mode carries the whole object, `Reference` mode only its name. */
export function cloudEvent(
  change: Change,
  mode: Mode,
  source: { readonly url: string; readonly namespace: string; readonly now: number },
): CloudEventRequest {
  const { resource, object, type } = change;
  const { kind } = kinds[resource];
  const apiVersion = apiVersionOf(resource);
  const { name, namespace = "" } = object.metadata;
  const body = mode === "ref" ? { kind, namespace, name, apiVersion } : sorted(object);
  return {
    headers: {
      "ce-apiversion": apiVersion,
      "ce-id": randomUUID(),
      "ce-kind": kind,
      "ce-name": name,
      "ce-namespace": namespace,
      "ce-source": source.url,
      "ce-specversion": "1.0",
      "ce-subject": `/apis/${apiVersion}/namespaces/${namespace}/${resource}/${name}`,
      "ce-time": toNano(source.now),
      "ce-type": `dev.knative.apiserver.${mode}.${type}`,
      "content-type": "application/json",
      "kn-namespace": source.namespace,
      traceparent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00`,
      "user-agent": "Go-http-client/1.1",
    },
    body: JSON.stringify(body),
  };
}

/** Go writes the keys of a map in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
