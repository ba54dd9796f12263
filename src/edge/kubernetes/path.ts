/** Path of an API request: every segment encoded. */
export const kubePath = (...segments: string[]): string => `/${segments.map(encodeURIComponent).join("/")}`;

/** True for a path in which every segment names something: no empty ones, no `.` and `..`. */
export const soundPath = (path: string): boolean =>
  path
    .split("/")
    .slice(1)
    .every((segment) => segment !== "" && segment !== "." && segment !== "..");

/** Of a request; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** Path and query as they are sent: behind the path of the server's own address, where it has one. */
export function fullPath(server: URL, path: string, query: Query = {}): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return `${server.pathname.replace(/\/$/, "")}${path}${parts.length === 0 ? "" : `?${parts.join("&")}`}`;
}

/** The host of an address as sockets want it: an IPv6 address without its brackets. */
export const dialable = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/** What a request does, in the words of RBAC. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  /** With subresource, as in a rule: `pods/log`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** A watch is a GET; whoever asks about its right says `WATCH`. */
const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
  WATCH: "watch",
};

/** The right that a request needs, as kube-apiserver derives it from method and path. */
export function permissionFor(method: string, path: string): Permission {
  const { group, namespace, object } = place(path);
  const [resource = "", name, subresource] = object;
  return {
    verb: verbs[method] ?? (name === undefined ? "list" : "get"),
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

/** `/api/v1/...` is the core group, `/apis/<group>/<version>/...` any other; a namespace itself is an object like others. */
function place(path: string): { group: string; namespace?: string | undefined; object: string[] } {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const core = parts[0] === "api";
  const group = core ? "" : (parts[1] ?? "");
  const rest = parts.slice(core ? 2 : 3);
  const namespaced = rest[0] === "namespaces" && rest.length > 2;
  return namespaced ? { group, namespace: rest[1], object: rest.slice(2) } : { group, object: rest };
}

/** `certificates.cert-manager.io`, `pods/log`: a resource as people write it. */
export const resourceName = ({ group, resource }: Permission): string =>
  group === "" ? resource : `${resource}.${group}`;
