import type { Role } from "../../../src/sandbox/world.ts";
import type { ApiRequest, Loose } from "../api/client.ts";

/** What a case may refer to: objects as an administrator has just read them. */
export interface Known {
  readonly pod: Loose;
  readonly deployment: Loose;
  readonly metric: string;
  /** Continue token of a list of Pods, one object long. */
  readonly next: string;
  /** A token of a revision that is no longer kept. */
  readonly expired: string;
}

export interface Case {
  readonly name: string;
  readonly as: Role | "stranger";
  readonly call: (known: Known) => ApiRequest;
}

const keda = "/api/v1/namespaces/keda";
const deployments = "/apis/apps/v1/namespaces/keda/deployments";
const incidents = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";
const metrics = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop";
const hpas = "/apis/autoscaling/v2/horizontalpodautoscalers?labelSelector=scaledobject.keda.sh%2Fname";

const get =
  (path: string): Case["call"] =>
  () => ({ method: "GET", path });

/** As it is created: its status has a path of its own. */
export const incident = (name: string, resourceVersion?: string) => ({
  apiVersion: "kedamedic.dev/v1alpha1",
  kind: "Incident",
  metadata: { name, namespace: "keda-medic", ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  spec: { installation: "keda", generation: "abc", openedAt: "2026-01-01T00:00:00.000Z" },
});

const status = {
  phase: "watching",
  updatedAt: "2026-01-01T00:00:00.000Z",
  symptoms: [],
  effects: [],
  failedHpas: [],
  moreFailedHpas: false,
  foundBy: "event",
};

const putting = (name: string, as: Case["as"], target: string, version: string): Case => ({
  name,
  as,
  call: () => ({
    method: "PUT",
    path: `${incidents}/${target}/status`,
    body: { ...incident(target, version), status },
  }),
});

const event = {
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: "keda-medic.contract", namespace: "keda-medic" },
  eventTime: "2026-01-01T00:00:00.000000Z",
  type: "Normal",
  reason: "Recovered",
  action: "Restart",
  note: "a contract",
  reportingController: "kedamedic.dev/keda-medic",
  reportingInstance: "contract",
  regarding: { apiVersion: "kedamedic.dev/v1alpha1", kind: "Incident", namespace: "keda-medic", name: "contract" },
};
const events = "/apis/events.k8s.io/v1/namespaces";

const patchOf = ({ metadata }: Loose, change: Loose = {}): Partial<ApiRequest> => ({
  contentType: "application/merge-patch+json",
  body: {
    spec: { template: { metadata: { annotations: {} } } },
    metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion, ...change },
  },
});

const patching = (name: string, as: Case["as"], target: string, change?: Loose): Case => ({
  name,
  as,
  call: ({ deployment }) => ({
    method: "PATCH",
    path: `${deployments}/${target}?fieldManager=keda-medic`,
    ...patchOf(deployment, change),
  }),
});

const deleting = (name: string, as: Case["as"], uid: string): Case => ({
  name,
  as,
  call: ({ pod }) => ({
    method: "DELETE",
    path: `${keda}/pods/${pod.metadata.name}`,
    body: { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 1, preconditions: { uid } },
  }),
});

const logOf =
  (query: string): Case["call"] =>
  (known) => ({
    method: "GET",
    path: `${keda}/pods/${known.pod.metadata.name}/log?${query}`,
  });

/** Every call that our client makes, as it makes it: allowed, refused, conflicting, and about what is not there. */
export const cases: readonly Case[] = [
  {
    name: "the APIService",
    as: "respond",
    call: get("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"),
  },
  {
    name: "another APIService is not ours to see",
    as: "respond",
    call: get("/apis/apiregistration.k8s.io/v1/apiservices/v1.apps"),
  },
  {
    name: "an APIService that is missing",
    as: "admin",
    call: get("/apis/apiregistration.k8s.io/v1/apiservices/v1.nothing.io"),
  },
  { name: "a Service", as: "respond", call: get(`${keda}/services/keda-operator`) },
  { name: "a Service that is missing", as: "respond", call: get(`${keda}/services/nothing`) },
  { name: "a Service of another namespace", as: "respond", call: get("/api/v1/namespaces/shop/services/web") },
  { name: "Deployments", as: "respond", call: get(`${deployments}?limit=500`) },
  { name: "a Deployment by name: only listing is granted", as: "respond", call: get(`${deployments}/keda-operator`) },
  {
    name: "Deployments of another namespace",
    as: "respond",
    call: get("/apis/apps/v1/namespaces/shop/deployments?limit=500"),
  },
  { name: "a Deployment that is missing", as: "admin", call: get(`${deployments}/nothing`) },
  { name: "Pods", as: "respond", call: get(`${keda}/pods?limit=500`) },
  { name: "the first page of Pods", as: "respond", call: get(`${keda}/pods?limit=1`) },
  {
    name: "the next page of Pods",
    as: "respond",
    call: ({ next }) => ({ method: "GET", path: `${keda}/pods?limit=1&continue=${next}` }),
  },
  {
    name: "a page that has expired",
    as: "respond",
    call: ({ expired }) => ({ method: "GET", path: `${keda}/pods?limit=1&continue=${expired}` }),
  },
  { name: "the Secret", as: "respond", call: get(`${keda}/secrets/kedaorg-certs`) },
  { name: "another Secret", as: "respond", call: get(`${keda}/secrets/other`) },
  { name: "a Secret that is missing", as: "admin", call: get(`${keda}/secrets/other`) },
  {
    name: "Certificates without cert-manager",
    as: "respond",
    call: get("/apis/cert-manager.io/v1/namespaces/keda/certificates?limit=500"),
  },
  {
    name: "CertificateRequests without cert-manager",
    as: "respond",
    call: get("/apis/cert-manager.io/v1/namespaces/keda/certificaterequests?limit=500"),
  },
  {
    name: "the operator's Lease",
    as: "respond",
    call: get("/apis/coordination.k8s.io/v1/namespaces/keda/leases/operator.keda.sh"),
  },
  { name: "another Lease", as: "respond", call: get("/apis/coordination.k8s.io/v1/namespaces/keda/leases/other") },
  {
    name: "a Lease that is missing",
    as: "admin",
    call: get("/apis/coordination.k8s.io/v1/namespaces/keda/leases/other"),
  },
  { name: "HPAs", as: "respond", call: get(`${hpas}&limit=100`) },
  { name: "HPAs for nobody", as: "nobody", call: get(`${hpas}&limit=100`) },
  { name: "ScaledObjects", as: "respond", call: get("/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects?limit=500") },
  {
    name: "ScaledObjects for nobody",
    as: "nobody",
    call: get("/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects?limit=500"),
  },
  {
    name: "a log",
    as: "respond",
    call: logOf("container=keda-metrics-apiserver&timestamps=true&tailLines=10&limitBytes=1000"),
  },
  { name: "a log of a container that is not there", as: "respond", call: logOf("container=nothing&timestamps=true") },
  { name: "a log of a Pod that is missing", as: "respond", call: get(`${keda}/pods/nothing/log?timestamps=true`) },
  { name: "a log for nobody", as: "nobody", call: logOf("timestamps=true") },
  {
    name: "an external metric",
    as: "respond",
    call: ({ metric }) => ({
      method: "GET",
      path: `${metrics}/${metric}?labelSelector=scaledobject.keda.sh%2Fname%3Dweb`,
    }),
  },
  {
    name: "an external metric for nobody",
    as: "nobody",
    call: ({ metric }) => ({ method: "GET", path: `${metrics}/${metric}` }),
  },
  patching("respond's patch of a Deployment", "respond", "keda-metrics-apiserver"),
  patching("restart's patch of somebody else's Deployment", "restart", "other"),
  patching("a patch of another UID", "restart", "keda-metrics-apiserver", {
    uid: "00000000-0000-0000-0000-000000000000",
  }),
  patching("a patch of an old version", "restart", "keda-metrics-apiserver", { resourceVersion: "1" }),
  patching("a patch of a Deployment that is missing", "admin", "nothing"),
  deleting("respond's end of a Pod", "respond", "00000000-0000-0000-0000-000000000000"),
  deleting("the end of a Pod with another UID", "admin", "00000000-0000-0000-0000-000000000000"),
  { name: "an Incident that is missing", as: "respond", call: get(`${incidents}/nothing`) },
  {
    name: "a new Incident",
    as: "respond",
    call: () => ({ method: "POST", path: incidents, body: incident("contract") }),
  },
  {
    name: "the same Incident once more",
    as: "respond",
    call: () => ({ method: "POST", path: incidents, body: incident("contract") }),
  },
  putting("the status of an Incident as it was", "respond", "contract", "1"),
  putting("the status of an Incident that is missing", "respond", "nothing", "1"),
  {
    name: "respond's change of an Incident's spec",
    as: "respond",
    call: () => ({ method: "PUT", path: `${incidents}/contract`, body: incident("contract", "1") }),
  },
  { name: "Incidents", as: "respond", call: get(`${incidents}?limit=500`) },
  { name: "an Incident, by restart", as: "restart", call: get(`${incidents}/contract`) },
  { name: "Incidents, by restart: only reading one is granted", as: "restart", call: get(`${incidents}?limit=500`) },
  putting("restart's update of an Incident", "restart", "contract", "1"),
  {
    name: "an Event about an Incident",
    as: "respond",
    call: () => ({ method: "POST", path: `${events}/keda-medic/events`, body: event }),
  },
  {
    name: "the same Event once more",
    as: "respond",
    call: () => ({ method: "POST", path: `${events}/keda-medic/events`, body: event }),
  },
  {
    name: "an Event in a namespace that is not ours",
    as: "respond",
    call: () => ({ method: "POST", path: `${events}/shop/events`, body: event }),
  },
  {
    name: "respond's end of an Incident that is missing",
    as: "respond",
    call: () => ({ method: "DELETE", path: `${incidents}/nothing` }),
  },
  {
    name: "restart's end of an Incident",
    as: "restart",
    call: () => ({ method: "DELETE", path: `${incidents}/contract` }),
  },
  {
    name: "respond's end of an Incident",
    as: "respond",
    call: () => ({ method: "DELETE", path: `${incidents}/contract` }),
  },
  { name: "a token that nobody has", as: "stranger", call: get(`${keda}/pods?limit=500`) },
];
