import { type Handler, type Received, type Reply, status } from "./server.ts";

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly [part: string]: unknown;
}

export interface FakeApi {
  readonly handler: Handler;
  /** Objects by path. */
  readonly objects: Map<string, Stored>;
  /** Answered 403, as `list incidents`. */
  readonly forbidden: Set<string>;
  /** Group and version that this API server does not serve. */
  readonly unknown: Set<string>;
}

/** Just enough of an API server for custom resources: create, read, update, list, and compare-and-swap. */
export function fakeApi(): FakeApi {
  const objects = new Map<string, Stored>();
  const forbidden = new Set<string>();
  const unknown = new Set<string>();
  let version = 100;

  const put = (path: string, body: Omit<Stored, "metadata"> & { metadata: { name: string } }): Reply => {
    version += 1;
    const stored = { ...body, metadata: { ...body.metadata, uid: `uid-${path}`, resourceVersion: String(version) } };
    objects.set(path, stored);
    return { status: 201, body: stored };
  };

  const verbs: Readonly<Record<string, (path: string, request: Received) => Reply>> = {
    list: (path) => ({ body: { kind: "List", metadata: {}, items: under(objects, path) } }),
    get: (path) => {
      const object = objects.get(path);
      return object ? { body: object } : notFound(path);
    },
    create: (path, { body }) => {
      const object = JSON.parse(body);
      const own = `${path}/${object.metadata.name}`;
      return objects.has(own) ? conflict("AlreadyExists", own) : put(own, object);
    },
    update: (path, { body }) => {
      const object = JSON.parse(body);
      const known = objects.get(path);
      if (known === undefined) return notFound(path);
      const current = known.metadata.resourceVersion === object.metadata.resourceVersion;
      return current ? put(path, object) : conflict("Conflict", path);
    },
  };

  return {
    objects,
    forbidden,
    unknown,
    handler(request) {
      const path = new URL(request.url, "https://x").pathname;
      const [, , group = "", apiVersion, , namespace, resource, name] = path.split("/");
      if (unknown.has(`${group}/${apiVersion}`)) return { status: 404, body: "404 page not found\n" };
      const verb = verbOf(request.method, name !== undefined);
      if (forbidden.has(`${verb} ${resource}`)) {
        const cannot = `User "u" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`;
        return status(403, "Forbidden", `${resource} is forbidden: ${cannot}`);
      }
      return verbs[verb]?.(path, request) ?? status(405, "MethodNotAllowed", "no");
    },
  };
}

const under = (objects: Map<string, Stored>, path: string): Stored[] =>
  [...objects].flatMap(([own, object]) => (own.startsWith(`${path}/`) ? [object] : []));

function verbOf(method: string, named: boolean): string {
  if (method === "GET") return named ? "get" : "list";
  return { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" }[method] ?? method;
}

const parts = (path: string) => {
  const [, , group, , , , kind, name] = path.split("/");
  return { group, kind, name };
};
const notFound = (path: string): Reply =>
  status(404, "NotFound", `${parts(path).kind}.${parts(path).group} "${parts(path).name}" not found`, parts(path));
const conflict = (reason: string, path: string): Reply => status(409, reason, "conflict", parts(path));
