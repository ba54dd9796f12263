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

/** What `clusterReader` needs, without the Secret. */
export const readerRules = (names: KedaNames): Grants => ({
  cluster: [
    allow("apiregistration.k8s.io", ["apiservices"], ["get"], ["v1beta1.external.metrics.k8s.io"]),
    allow("autoscaling", ["horizontalpodautoscalers"], ["list"]),
    allow("keda.sh", ["scaledobjects"], ["list"]),
    // Resources of this group are the metrics themselves. GET of one by name counts as list.
    allow("external.metrics.k8s.io", ["*"], ["get", "list"]),
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

/** What `kubernetesStore` needs to keep documents. */
export const storeRules: Grants = {
  own: [allow("kedamedic.dev", ["incidents", "installations"], ["get", "list", "create", "update"])],
};

/** What `kubernetesStore` needs to load documents by name, and no more: restart's share. */
export const storeReadRules: Grants = { own: [allow("kedamedic.dev", ["incidents", "installations"], ["get"])] };

/** What `portForwardProbe` needs. A WebSocket upgrade is a GET; since Kubernetes 1.35 it needs `create` as well. */
export const portForwardRules: Grants = { keda: [allow("", ["pods/portforward"], ["get", "create"])] };
