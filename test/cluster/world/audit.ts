import { readFile } from "node:fs/promises";
import { jsonOf, type Loose } from "../api/client.ts";

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

/** One write of an Incident, wherever it is kept. */
export interface Written {
  readonly at: number;
  readonly name: string;
  /** The document's part that changes, with times as text. */
  readonly status: Loose;
}

/** `keda-medic-restart`: of an account of the cluster, or of the group that an access entry gives. */
function accountOf({ username, groups = [] }: Loose): string {
  const group = groups.find((name: string) => name.startsWith("keda-medic:"));
  return group === undefined ? (String(username).split(":").at(-1) ?? "") : group.replace(":", "-");
}

/** One line of the log; empty when it is none. */
export function readAudited(line: string): readonly Audited[] {
  const event = jsonOf(line);
  if (event === undefined) return [];
  const { resource = "", subresource, name = "" } = event.objectRef ?? {};
  const decision = resource === "incidents" ? event.requestObject?.status?.decision : undefined;
  const request = {
    at: Date.parse(event.requestReceivedTimestamp),
    account: accountOf(event.user ?? {}),
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

/** Writes of Incidents that the API server took, out of its audit log. */
export async function writtenIncidents(path: string): Promise<readonly Written[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const event = jsonOf(line);
    const { resource, name } = event?.objectRef ?? {};
    const status = event?.requestObject?.status;
    if (resource !== "incidents" || status === undefined || event.responseStatus?.code >= 300) return [];
    return [{ at: Date.parse(event.requestReceivedTimestamp), name, status }];
  });
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
