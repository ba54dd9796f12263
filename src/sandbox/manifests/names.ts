export type Install = "yaml" | "helm";

/** Names of one installation: KEDA's plain YAML and its Helm chart differ. */
export interface Names {
  readonly install: Install;
  readonly namespace: string;
  readonly operator: string;
  readonly metricsApiserver: string;
  readonly secret: string;
}

export const namesOf = (install: Install, namespace = "keda"): Names => ({
  install,
  namespace,
  operator: "keda-operator",
  metricsApiserver: install === "helm" ? "keda-operator-metrics-apiserver" : "keda-metrics-apiserver",
  secret: "kedaorg-certs",
});

/** SANs of the certificate in the Secret. */
export function certificateNames({ namespace, operator, metricsApiserver }: Names): string[] {
  const services = [operator, metricsApiserver, "keda-admission-webhooks"];
  return services.flatMap((service) => [
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ]);
}

/** Labels as each way of installing sets them. */
export function labelsOf(names: Names, name: string, version: string): Record<string, string> {
  const common = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "keda-operator" };
  if (names.install === "yaml") return { ...common, "app.kubernetes.io/version": version };
  return {
    ...common,
    "app.kubernetes.io/component": "operator",
    "app.kubernetes.io/instance": "keda",
    "app.kubernetes.io/managed-by": "Helm",
    "app.kubernetes.io/version": version,
    "helm.sh/chart": `keda-${version}`,
  };
}
