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
}

/** And what the server itself has. */
export interface Serving extends Backend {
  /** Whom tokens belong to. */
  readonly users: readonly User[];
  readonly watches: Watches;
}

type Handler = (serving: Serving, resource: Resource, call: Call) => Answer | Promise<Answer>;

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
const watch: Handler = ({ watches }, resource, call) => watches.serve(resource, call);
const log: Handler = ({ objects, logs }, _, call) => podLog(objects, logs, call);
const documents = { get, list, create: createObject, update: replaceObject, delete: deleteObject };

/** Every call that this API server speaks, by resource and verb. */
const spoken: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  apiservices: { get },
  services: { get },
  deployments: { list, get, patch: patchObject },
  pods: { list, watch, delete: deletePod },
  "pods/log": { get: log },
  secrets: { get, list, watch },
  certificates: { list, watch },
  certificaterequests: { list, watch },
  leases: { get, create: createObject, update: replaceObject },
  horizontalpodautoscalers: { list, watch },
  scaledobjects: { list },
  events: { list, watch, create: createObject },
  incidents: documents,
  "incidents/status": { update: replaceStatus },
  installations: documents,
  "installations/status": { update: replaceStatus },
  tokenreviews: { create: ({ users }, _, call) => reviewToken(users, call.body) },
};

export type Answering = (serving: Serving, call: Call) => Answer | Promise<Answer>;

/** How to answer a request, or undefined for a call that is not spoken. */
export function answering(info: RequestInfo): Answering | undefined {
  if (info.group === "external.metrics.k8s.io") {
    const metric = info.namespace !== undefined && info.verb === "list";
    return metric ? (serving, call) => serving.aggregate(call.path) : undefined;
  }
  const { resource } = info;
  const handler = spoken[fullResource(info)]?.[info.verb];
  if (handler === undefined || !isResource(resource) || !served(resource, info)) return undefined;
  return (serving, call) => (serving.absentGroups.has(info.group) ? noSuchPath() : handler(serving, resource, call));
}

/** An Event has two faces: it is created through either group. */
const served = (resource: Resource, info: RequestInfo): boolean =>
  (kinds[resource].group === info.group && kinds[resource].version === info.version) ||
  (resource === "events" && info.group === "events.k8s.io" && info.verb === "create");
