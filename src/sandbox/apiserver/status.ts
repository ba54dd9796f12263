import { qualified, type Resource } from "./kinds.ts";
import type { ObjectName } from "./objects.ts";

/** What goes back over HTTP: an object as JSON, or plain text. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body });

/** Which object a failure is about, as apimachinery's errors.go says it: `kind` holds the resource. */
interface Details {
  readonly name: string;
  readonly kind: Resource;
}

export function failure(status: number, reason: string, message: string, about?: Details): Answer {
  const details = about === undefined ? {} : { details: detailsOf(about) };
  const head = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason };
  return { status, body: { ...head, ...details, code: status } };
}

function detailsOf({ name, kind }: Details): object {
  const [, ...group] = qualified(kind).split(".");
  return { name, ...(group.length === 0 ? {} : { group: group.join(".") }), kind };
}

export const unauthorized = (): Answer => failure(401, "Unauthorized", "Unauthorized");

export const notFound = (resource: Resource, name: string): Answer =>
  failure(404, "NotFound", `${qualified(resource)} "${name}" not found`, { name, kind: resource });

/** What a server says about a path of an API group that it does not have. */
export const noSuchPath = (): Answer => failure(404, "NotFound", "the server could not find the requested resource");

export const notSpoken = (what: string): Answer =>
  failure(501, "NotImplemented", `the sandbox does not speak this call: ${what}`);

export const badRequest = (message: string): Answer => failure(400, "BadRequest", message);

const STALE = "the object has been modified; please apply your changes to the latest version and try again";

export const conflict = (resource: Resource, name: string, why: string = STALE): Answer =>
  failure(409, "Conflict", `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, {
    name,
    kind: resource,
  });

export const alreadyExists = (resource: Resource, at: ObjectName): Answer =>
  failure(409, "AlreadyExists", `${qualified(resource)} "${at.name}" already exists`, {
    name: at.name,
    kind: resource,
  });

/** How the aggregation layer fails: plain text, no Status. */
export const unavailable = (text: string): Answer => ({ status: 503, body: `${text}\n`, contentType: "text/plain" });
