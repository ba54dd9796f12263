import type { ServerResponse } from "node:http";
import { kinds, qualified, type Resource } from "./kinds.ts";
import type { ObjectName } from "./objects.ts";

/** What goes back over HTTP: an object as JSON, or plain text. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  /** Writes the body itself, for as long as it likes: a watch. */
  readonly stream?: (response: ServerResponse) => void;
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body });

/** Which object a failure is about, as apimachinery's errors.go says it: `kind` holds the resource. */
interface Details {
  readonly name: string | undefined;
  /** A resource, or a kind where the API server's storage speaks. */
  readonly kind: string;
  readonly group?: string;
}

export function failure(status: number, reason: string, message: string, subject?: Details): Answer {
  const details = subject === undefined ? {} : { details: detailsOf(subject) };
  const head = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason };
  return { status, body: { ...head, ...details, code: status } };
}

const detailsOf = ({ name, kind, group = "" }: Details): object => ({
  ...(name === undefined ? {} : { name }),
  ...(group === "" ? {} : { group }),
  kind,
});

const about = (resource: Resource, name: string): Details => ({ name, kind: resource, group: kinds[resource].group });

export const unauthorized = (): Answer => failure(401, "Unauthorized", "Unauthorized");

export const notFound = (resource: Resource, name: string): Answer =>
  failure(404, "NotFound", `${qualified(resource)} "${name}" not found`, about(resource, name));

/** What a server says about a path of an API group that it does not have: plain text, no Status. */
export const noSuchPath = (): Answer => ({ status: 404, body: "404 page not found\n", contentType: "text/plain" });

/** What a watch or a list is told that begins at a version which is forgotten. */
export const tooOld = (): Answer => failure(410, "Expired", "too old resource version");

export const notSpoken = (what: string): Answer =>
  failure(501, "NotImplemented", `the sandbox does not speak this call: ${what}`);

export const badRequest = (message: string): Answer => failure(400, "BadRequest", message);

const STALE = "the object has been modified; please apply your changes to the latest version and try again";

export const conflict = (resource: Resource, name: string, why: string = STALE): Answer =>
  failure(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    about(resource, name),
  );

/** @param group by which the resource was asked for: Events are served by two. */
export function alreadyExists(resource: Resource, { name }: ObjectName, group: string): Answer {
  const full = group === "" ? resource : `${resource}.${group}`;
  return failure(409, "AlreadyExists", `${full} "${name}" already exists`, { name, kind: resource, group });
}

/** How the aggregation layer fails: plain text, no Status. */
export const unavailable = (text: string): Answer => ({ status: 503, body: `${text}\n`, contentType: "text/plain" });
