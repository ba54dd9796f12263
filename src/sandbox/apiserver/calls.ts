import type { Call } from "./call.ts";
import { nameIn } from "./call.ts";
import { isResource, kinds, type Resource } from "./kinds.ts";
import { listObjects } from "./list.ts";
import { type LogSource, podLog } from "./podLog.ts";
import type { User } from "./rbac.ts";
import { fullResource, type RequestInfo } from "./requestInfo.ts";
import { type Answer, noSuchPath, notFound, ok } from "./status.ts";
import { reviewToken } from "./tokenReview.ts";
import type { Watches } from "./watch.ts";
import {
  createObject,
  deleteObject,
  deletePod,
  patchObject,
  replaceObject,
  replaceStatus,
  type Writing,
} from "./write.ts";

/** What the handlers work on. */
export interface Backend extends Writing {
  readonly logs: LogSource;
  /** GET of an external metric through the aggregation layer. */
  readonly aggregate: (path: string) => Promise<Answer>;
  /** API groups that this cluster does not have: CRDs that are not installed. */
  readonly absentGroups: ReadonlySet<string>;
  readonly oldestToken: () => number;
  /** Whom tokens belong to. */
  readonly users?: readonly User[];
}

type Handler = (backend: Backend, resource: Resource, call: Call) => Answer | Promise<Answer>;

const get: Handler = ({ objects }, resource, call) => {
  const found = objects.get(resource, { namespace: call.info.namespace, name: nameIn(call) });
  return found === undefined ? notFound(resource, nameIn(call)) : ok(found);
};
const list: Handler = ({ objects, oldestToken }, resource, call) =>
  listObjects(objects, {
    resource,
    namespace: call.info.namespace,
    query: call.query,
    oldestToken: oldestToken(),
    accept: call.accept,
  });
const log: Handler = ({ objects, logs }, _, call) => podLog(objects, logs, call);
const documents = { get, list, create: createObject, update: replaceObject, delete: deleteObject };

/** Every call that this API server speaks, by resource and verb. */
const spoken: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  apiservices: { get },
  services: { get },
  deployments: { list, get, patch: patchObject },
  pods: { list, delete: deletePod },
  "pods/log": { get: log },
  secrets: { get, list },
  certificates: { list },
  certificaterequests: { list },
  leases: { get, create: createObject, update: replaceObject },
  horizontalpodautoscalers: { list },
  scaledobjects: { list },
  events: { list, create: createObject },
  incidents: documents,
  "incidents/status": { update: replaceStatus },
  installations: documents,
  "installations/status": { update: replaceStatus },
  tokenreviews: { create: ({ users = [] }, _, call) => reviewToken(users, call.body) },
};

/** Kinds that can be watched here. */
const watched: ReadonlySet<string> = new Set([
  "secrets",
  "pods",
  "events",
  "certificates",
  "certificaterequests",
  "horizontalpodautoscalers",
]);

export type Answering = (backend: Backend, call: Call) => Answer | Promise<Answer>;

/** How to answer a request, or undefined for a call that is not spoken. */
export function answering(info: RequestInfo, watches?: Watches): Answering | undefined {
  if (info.group === "external.metrics.k8s.io") {
    const metric = info.namespace !== undefined && info.verb === "list";
    return metric ? (backend, call) => backend.aggregate(call.path) : undefined;
  }
  const { resource } = info;
  const watch: Handler | undefined =
    info.verb === "watch" && watches !== undefined && watched.has(info.resource)
      ? (_, resource, call) => watches.serve(resource, call)
      : undefined;
  const handler = watch ?? spoken[fullResource(info)]?.[info.verb];
  if (handler === undefined || !isResource(resource) || !served(resource, info)) return undefined;
  return (backend, call) => (backend.absentGroups.has(info.group) ? noSuchPath() : handler(backend, resource, call));
}

/** An Event has two faces: it is created through either group. */
const served = (resource: Resource, info: RequestInfo): boolean =>
  (kinds[resource].group === info.group && kinds[resource].version === info.version) ||
  (resource === "events" && info.group === "events.k8s.io" && info.verb === "create");
