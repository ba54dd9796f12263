/** What a request is about, by its path and method, as Kubernetes' own request info resolver reads it. */
export interface RequestInfo {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/** Undefined for paths that name no resource. */
export function requestInfo(method: string, path: string, query?: URLSearchParams): RequestInfo | undefined {
  const found = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(.+?)\/?$/.exec(path);
  if (found === null) return undefined;
  const [, group = "", version = "", rest = ""] = found;
  const { namespace, object } = place(rest.split("/").map(decodeURIComponent));
  const [resource = "", named, subresource] = object;
  const verb = VERBS[method] ?? reading(named, query);
  // A collection that is narrowed to one name counts as that object: so a rule with resourceNames can allow it.
  const name = named ?? (verb === "list" || verb === "watch" ? onlyName(query) : undefined);
  const optional = Object.entries({ namespace, name, subresource }).filter(([, value]) => value !== undefined);
  return { verb, group, version, resource, ...Object.fromEntries(optional) };
}

function reading(name: string | undefined, query: URLSearchParams | undefined): string {
  if (/^(1|true)$/.test(query?.get("watch") ?? "")) return "watch";
  return name === undefined ? "list" : "get";
}

const onlyName = (query: URLSearchParams | undefined): string | undefined =>
  /^metadata\.name=([^,]+)$/.exec(query?.get("fieldSelector") ?? "")?.[1];

const place = (
  parts: readonly string[],
): { readonly namespace?: string | undefined; readonly object: readonly string[] } =>
  parts[0] === "namespaces" && parts.length > 2 ? { namespace: parts[1], object: parts.slice(2) } : { object: parts };

/** `pods/log` for subresources, as RBAC names them. */
export const fullResource = (info: RequestInfo): string =>
  info.subresource === undefined ? info.resource : `${info.resource}/${info.subresource}`;
