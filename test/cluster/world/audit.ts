import { readFile } from "node:fs/promises";
import { jsonOf } from "../api/client.ts";

/** One request of keda-medic, as the API server wrote it down. */
export interface Audited {
  readonly at: number;
  readonly account: string;
  readonly verb: string;
  /** `deployments`, or `pods/log`. */
  readonly resource: string;
  readonly name: string;
  readonly status: number;
  /** Of the answer's object; logs are not kept by the audit. */
  readonly bytes: number;
  /** Of an Incident that was written. */
  readonly decision?: { readonly kind: string; readonly code: string; readonly dueAt?: string };
}

/** One line of the log; empty when it is none. */
export function readAudited(line: string): readonly Audited[] {
  const event = jsonOf(line);
  if (event === undefined) return [];
  const { resource = "", subresource, name = "" } = event.objectRef ?? {};
  const decision = resource === "incidents" ? event.requestObject?.status?.decision : undefined;
  const request = {
    at: Date.parse(event.requestReceivedTimestamp),
    account: String(event.user?.username).split(":").at(-1) ?? "",
    verb: event.verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name,
    status: event.responseStatus?.code ?? 0,
    bytes: event.responseObject === undefined ? 0 : JSON.stringify(event.responseObject).length,
    ...(decision === undefined ? {} : { decision }),
  };
  return [request];
}

export async function audited(path: string): Promise<readonly Audited[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap(readAudited);
}

/** Patches of Deployments that were carried out. */
export const patchesOf = (requests: readonly Audited[]): readonly Audited[] =>
  requests.filter(({ verb, resource, status }) => verb === "patch" && resource === "deployments" && status === 200);

/** Patches of Deployments that named another object, or another state of it. */
export const conflictsOf = (requests: readonly Audited[]): readonly Audited[] =>
  requests.filter(
    ({ verb, resource, status }) =>
      verb === "patch" && resource === "deployments" && (status === 409 || status === 422),
  );
