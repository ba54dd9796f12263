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
  /** As a CRD without a status subresource, which asks for a status at once. */
  oldCrd: boolean;
  /** Fields of a status that the CRD does not know and drops. */
  readonly dropped: Set<string>;
}

/** Just enough of an API server for custom resources with a status subresource: create, read, update, list, and compare-and-swap. */
export function fakeApi(): FakeApi {
  const objects = new Map<string, Stored>();
  const forbidden = new Set<string>();
  const unknown = new Set<string>();
  const dropped = new Set<string>();
  const is = { old: false };
  let version = 100;

  const put = (path: string, body: Omit<Stored, "metadata"> & { metadata: { name: string } }): Reply => {
    version += 1;
    const known = body["status"] as Readonly<Record<string, unknown>> | undefined;
    const status = known && Object.fromEntries(Object.entries(known).filter(([field]) => !dropped.has(field)));
    const stored = {
      ...body,
      ...(status === undefined ? {} : { status }),
      metadata: { ...body.metadata, uid: `uid-${path}`, resourceVersion: String(version) },
    };
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
      if (objects.has(own)) return conflict("AlreadyExists", own);
      if (is.old && object.status === undefined) return statusRequired(own);
      const { status: given, ...rest } = object;
      return put(own, is.old ? object : rest);
    },
    update: (path, { body }) => {
      const own = path.replace(/\/status$/, "");
      const object = JSON.parse(body);
      const known = objects.get(own);
      if (known === undefined || (own !== path && is.old)) return notFound(own);
      if (known.metadata.resourceVersion !== object.metadata.resourceVersion) return conflict("Conflict", own);
      return put(own, is.old ? object : { ...known, ...partOf(object, own !== path) });
    },
    delete: (path, { body }) => {
      const known = objects.get(path);
      if (known === undefined) return notFound(path);
      const wanted = JSON.parse(body).preconditions?.resourceVersion;
      if (wanted !== undefined && wanted !== known.metadata.resourceVersion) return conflict("Conflict", path);
      objects.delete(path);
      return { body: { kind: "Status", status: "Success" } };
    },
  };

  return {
    objects,
    forbidden,
    unknown,
    dropped,
    get oldCrd() {
      return is.old;
    },
    set oldCrd(old) {
      is.old = old;
    },
    handler(request) {
      const path = new URL(request.url, "https://x").pathname;
      const [, , group = "", apiVersion, , namespace, plain, name, sub] = path.split("/");
      const resource = sub === undefined ? plain : `${plain}/${sub}`;
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

/** What a PUT changes: the status by its own path, everything else by the object's. */
const partOf = ({ spec, status: told }: Record<string, unknown>, byStatus: boolean) =>
  byStatus ? { status: told } : { spec };

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
const statusRequired = (path: string): Reply =>
  status(422, "Invalid", `${parts(path).kind} "${parts(path).name}" is invalid: status: Required value`, {
    ...parts(path),
    causes: [{ reason: "FieldValueRequired", message: "Required value", field: "status" }],
  });
const conflict = (reason: string, path: string): Reply => status(409, reason, "conflict", parts(path));
