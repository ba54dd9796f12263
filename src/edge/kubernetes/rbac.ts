/** One rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Where rules must hold: everywhere (ClusterRole), in KEDA's namespace, in keda-medic's own. */
export interface Grants {
  readonly cluster?: readonly Rule[];
  readonly keda?: readonly Rule[];
  readonly own?: readonly Rule[];
}

/** Names in KEDA's namespace that rules are narrowed to. */
export interface KedaNames {
  readonly operator: string;
  readonly metricsApiserver: string;
  readonly secret: string;
  readonly lease: string;
}

/** As KEDA's own YAML names things; its Helm chart calls the metrics-apiserver `keda-operator-metrics-apiserver`. */
export const yamlNames: KedaNames = {
  operator: "keda-operator",
  metricsApiserver: "keda-metrics-apiserver",
  secret: "kedaorg-certs",
  lease: "operator.keda.sh",
};

const allow = (apiGroup: string, resources: string[], verbs: string[], resourceNames?: string[]): Rule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

/** What a look needs, without the Secret: of whoever only decides, as restart does. */
export const lookRules = (names: KedaNames): Grants => ({
  cluster: [
    allow("apiregistration.k8s.io", ["apiservices"], ["get"], ["v1beta1.external.metrics.k8s.io"]),
    allow("autoscaling", ["horizontalpodautoscalers"], ["list"]),
    allow("keda.sh", ["scaledobjects"], ["list"]),
  ],
  keda: [
    allow("", ["pods"], ["list"]),
    allow("", ["pods/log"], ["get"]),
    allow("", ["services"], ["get"]),
    allow("apps", ["deployments"], ["list"]),
    allow("coordination.k8s.io", ["leases"], ["get"], [names.lease]),
    allow("cert-manager.io", ["certificates", "certificaterequests"], ["list"]),
  ],
});

/** What the proof of recovery needs. Resources of this group are the metrics themselves; GET of one counts as list. */
const metricRules: Grants = { cluster: [allow("external.metrics.k8s.io", ["*"], ["list"])] };

/** What `clusterReader` needs, without the Secret. */
export const readerRules = (names: KedaNames): Grants => together([lookRules(names), metricRules]);

/** Reading the Secret itself: needed where KEDA makes its own certificates, optional with cert-manager. It includes the private key. */
export const secretRules = (names: KedaNames): Grants => ({
  keda: [allow("", ["secrets"], ["get"], [names.secret])],
});

/** What `clusterWriter().restart` and `annotateDeployment` need. */
export const writerRules = (names: KedaNames): Grants => ({
  keda: [allow("apps", ["deployments"], ["patch"], [names.operator, names.metricsApiserver])],
});

/** What `clusterWriter().endPod` needs: only with the policy `endStalePodsEarly`. */
export const endPodRules: Grants = { keda: [allow("", ["pods"], ["delete"])] };

const documents = ["incidents", "installations"];

/** What `kubernetesStore` needs to load and save documents: respond's share. Nobody may change what an object is about. */
const storeSaveRules: Grants = {
  own: [
    allow("kedamedic.dev", documents, ["get", "create"]),
    allow(
      "kedamedic.dev",
      documents.map((resource) => `${resource}/status`),
      ["update"],
    ),
  ],
};

/** What sweep needs on top: finding what is open, removing what closed long ago (`removeClosed`). */
const storeSweepRules: Grants = { own: [allow("kedamedic.dev", ["incidents"], ["list", "delete"])] };

/** Everything that is done with documents, in one: of processes that respond and sweep. */
export const storeRules: Grants = { own: [...(storeSaveRules.own ?? []), ...(storeSweepRules.own ?? [])] };

/** What `kubernetesStore` needs to load documents by name, and no more: restart's share. */
export const storeReadRules: Grants = { own: [allow("kedamedic.dev", documents, ["get"])] };

/** What `portForwardProbe` needs. A WebSocket upgrade is a GET; since Kubernetes 1.35 it needs `create` as well. */
export const portForwardRules: Grants = { keda: [allow("", ["pods/portforward"], ["get", "create"])] };

/**
 * What the watches need besides what looking needs. A rule can narrow a Secret to its name but not to its metadata: who
 * may watch it may read it, although we never do. Without `readSecret` cert-manager's objects are watched instead.
 */
export const watchRules = (names: KedaNames, readSecret: boolean): Grants => ({
  cluster: [allow("autoscaling", ["horizontalpodautoscalers"], ["watch"]), allow("", ["events"], ["list", "watch"])],
  keda: [
    allow("", ["pods"], ["watch"]),
    ...(readSecret
      ? [allow("", ["secrets"], ["list", "watch"], [names.secret])]
      : [allow("cert-manager.io", ["certificates", "certificaterequests"], ["watch"])]),
  ],
});

/** What `leaderElection` needs: the Lease is the installation's, so none is created. */
export const leaseRules = (lease: string): Grants => ({
  own: [allow("coordination.k8s.io", ["leases"], ["get", "update"], [lease])],
});

/** What `tokenReviewer` needs: only where callers prove who they are. */
export const tokenReviewRules: Grants = { cluster: [allow("authentication.k8s.io", ["tokenreviews"], ["create"])] };

/** What `eventRecorder` needs: about Deployments in KEDA's namespace, about Incidents in our own. */
export const eventRules: Grants = {
  keda: [allow("events.k8s.io", ["events"], ["create"])],
  own: [allow("events.k8s.io", ["events"], ["create"])],
};

/** What `kubectl annotate` needs on top of patching: it begins with a GET. */
const annotateRules = (names: KedaNames): Grants => ({
  keda: [allow("apps", ["deployments"], ["get"], [names.operator, names.metricsApiserver])],
});

const approverOwn: Grants = { own: [allow("kedamedic.dev", documents, ["get", "list"])] };

/**
 * What people need to approve, pause and resume, and to see what they approve: to be bound to them, never to us. Whoever
 * approves looks again with their own rights, so they must see what the installation sees: the Secret, private key
 * included, where `readSecret` says that nothing else tells the certificates, and only there.
 */
export const approverRules = (names: KedaNames, readSecret: boolean): Grants =>
  together([
    lookRules(names),
    ...(readSecret ? [secretRules(names)] : []),
    writerRules(names),
    annotateRules(names),
    portForwardRules,
    approverOwn,
  ]);

/** The processes of an installation: `watch` is respond and sweep in one, woken by watches of its own. */
export type InstalledFunction = "respond" | "sweep" | "watch" | "restart";

/** What an installation wants, as far as rights depend on it. */
export interface Wanted {
  /** The Secret itself may be read: where KEDA makes its own certificates. */
  readonly readSecret: boolean;
  readonly endStalePodsEarly: boolean;
  readonly portForward: boolean;
  /** Callers are checked by TokenReview. */
  readonly oidc: boolean;
  readonly kubernetesEvents: boolean;
  /** Name of the Lease in our own namespace. */
  readonly ownLease: string;
}

/** Rules of one process, complete: no verb that its code never uses, none missing that it does. */
export function rulesFor(of: InstalledFunction, names: KedaNames, wanted: Wanted): Grants {
  const { readSecret, oidc, portForward } = wanted;
  const common = [
    lookRules(names),
    ...(readSecret ? [secretRules(names)] : []),
    ...(portForward ? [portForwardRules] : []),
    ...(oidc ? [tokenReviewRules] : []),
  ];
  if (of !== "restart") return together([...common, ...judging(of, names, wanted)]);
  return together([...common, writerRules(names), storeReadRules, ...(wanted.endStalePodsEarly ? [endPodRules] : [])]);
}

const judging = (of: InstalledFunction, names: KedaNames, wanted: Wanted): readonly Grants[] => [
  metricRules,
  storeSaveRules,
  ...(of === "respond" ? [] : [storeSweepRules]),
  ...(of === "watch" ? [watchRules(names, wanted.readSecret), leaseRules(wanted.ownLease)] : []),
  ...(wanted.kubernetesEvents ? [eventRules] : []),
];

const together = (grants: readonly Grants[]): Required<Grants> => ({
  cluster: grants.flatMap(({ cluster = [] }) => cluster),
  keda: grants.flatMap(({ keda = [] }) => keda),
  own: grants.flatMap(({ own = [] }) => own),
});
