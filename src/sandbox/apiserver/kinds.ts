/** The kinds of object that this world knows, by plural name. `served` items carry their kind in lists only when they are custom resources. */
export const kinds = {
  apiservices: { group: "apiregistration.k8s.io", version: "v1", kind: "APIService", namespaced: false },
  services: { group: "", version: "v1", kind: "Service", namespaced: true },
  pods: { group: "", version: "v1", kind: "Pod", namespaced: true },
  secrets: { group: "", version: "v1", kind: "Secret", namespaced: true },
  events: { group: "", version: "v1", kind: "Event", namespaced: true },
  deployments: { group: "apps", version: "v1", kind: "Deployment", namespaced: true },
  replicasets: { group: "apps", version: "v1", kind: "ReplicaSet", namespaced: true },
  leases: { group: "coordination.k8s.io", version: "v1", kind: "Lease", namespaced: true },
  horizontalpodautoscalers: {
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    namespaced: true,
  },
  scaledobjects: { group: "keda.sh", version: "v1alpha1", kind: "ScaledObject", namespaced: true },
  certificates: { group: "cert-manager.io", version: "v1", kind: "Certificate", namespaced: true },
  certificaterequests: { group: "cert-manager.io", version: "v1", kind: "CertificateRequest", namespaced: true },
  incidents: { group: "kedamedic.dev", version: "v1alpha1", kind: "Incident", namespaced: true },
  installations: { group: "kedamedic.dev", version: "v1alpha1", kind: "Installation", namespaced: true },
  tokenreviews: { group: "authentication.k8s.io", version: "v1", kind: "TokenReview", namespaced: false },
} as const;

export type Resource = keyof typeof kinds;

export const isResource = (name: string): name is Resource => Object.hasOwn(kinds, name);

export function apiVersionOf(resource: Resource): string {
  const { group, version } = kinds[resource];
  return group === "" ? version : `${group}/${version}`;
}

const COUNTED = new Set<Resource>(["deployments", "replicasets", "pods"]);

const CUSTOM = new Set(["keda.sh", "cert-manager.io", "kedamedic.dev"]);
/** Lists of custom resources repeat kind and apiVersion in every item, lists of built-in ones do not. */
export const isCustom = (resource: Resource): boolean => CUSTOM.has(kinds[resource].group);

/** Whether `metadata.generation` counts changes of the spec. */
export const hasGeneration = (resource: Resource): boolean => COUNTED.has(resource) || isCustom(resource);

/** `deployments.apps`, as messages name a resource. */
export function qualified(resource: Resource): string {
  const { group } = kinds[resource];
  return group === "" ? resource : `${resource}.${group}`;
}
