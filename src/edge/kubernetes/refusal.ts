import type { MissReason } from "../../core/seen.ts";
import { messageOf } from "../../core/thrown.ts";
import { type Permission, permissionFor, resourceName } from "./path.ts";

/** The parts of a `v1 Status` that we read. */
export interface KubeStatus {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
  };
}

/** The API server answered, and the answer is no. */
export interface Refusal {
  readonly ok: false;
  readonly reason: MissReason;
  /** HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** One sentence for a person. Holds no credentials and nothing of a Secret. */
  readonly detail: string;
  readonly kubeStatus?: KubeStatus;
}

const LONGEST = 400;

/** What a body says as a `Status`; undefined when it is something else. */
function statusOf(body: Buffer): KubeStatus | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    const status = parsed as { readonly kind?: unknown };
    return status?.kind === "Status" ? (parsed as KubeStatus) : undefined;
  } catch {
    return undefined;
  }
}

/** There is no token to ask with. */
export const noCredentials = (error: unknown): Refusal => ({
  ok: false,
  reason: "Unauthorized",
  detail: messageOf(error),
});

/** A refusal by status code, in words that say what to do about it. */
export function refusalFor(request: { method: string; path: string }, status: number, body: Buffer): Refusal {
  const kubeStatus = statusOf(body);
  const permission = permissionFor(request.method, request.path);
  const message = shorten(kubeStatus?.message ?? firstLine(body));
  return {
    ok: false,
    reason: reasonFor(status),
    status,
    detail: sentence(status, message, permission),
    ...(kubeStatus === undefined ? {} : { kubeStatus }),
  };
}

function reasonFor(status: number): MissReason {
  if (status === 401) return "Unauthorized";
  if (status === 403) return "Forbidden";
  if (status === 404) return "NotFound";
  if (status === 408 || status === 504) return "Timeout";
  return status === 429 || status >= 500 ? "Unreachable" : "Malformed";
}

function sentence(status: number, message: string, permission: Permission): string {
  if (status === 401) return `the API server does not accept our credentials (401): ${message || "Unauthorized"}`;
  if (status === 403) return forbidden(message, permission);
  const what = `${permission.verb} ${resourceName(permission)}${permission.name === undefined ? "" : ` ${permission.name}`}`;
  return `${what}: ${message || "no reason given"} (${status})`;
}

/** RBAC's own words and the missing rule; the words of an admission controller as they are. */
function forbidden(message: string, permission: Permission): string {
  const cannot = /\bcannot [a-z]+ resource .*/s.exec(message)?.[0];
  if (cannot === undefined && /denied|admission|policy/i.test(message)) return message;
  return `${cannot ?? ownWords(permission)}: grant verb ${permission.verb} on ${resourceName(permission)}`;
}

function ownWords({ verb, group, resource, namespace }: Permission): string {
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return `cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
}

const firstLine = (body: Buffer): string => body.toString("utf8").trim().split("\n", 1)[0] ?? "";
const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
