import type { Loose } from "../api/client.ts";
import { type FunctionName, functionPort, functions } from "./images.ts";

export const medicNamespace = "keda-medic";

export const namespace = (name: string): Loose => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

/** sweep is respond woken by a timer: the same account. */
export const accountOf = (name: FunctionName): string => `keda-medic-${name === "restart" ? "restart" : "respond"}`;

/** An account that nothing is granted to. */
export const nobody: Loose = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "keda-medic-nobody", namespace: medicNamespace },
};

const env = (values: Readonly<Record<string, string>>): Loose[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

interface Workload {
  readonly name: string;
  readonly account: string;
  readonly image: string;
  readonly env: readonly Loose[];
  readonly replicas?: number;
}

const deployment = ({ name, account, image, env: variables, replicas = 1 }: Workload): Loose => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: medicNamespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        serviceAccountName: account,
        terminationGracePeriodSeconds: 5,
        containers: [{ name, image, env: variables }],
      },
    },
  },
});

const service = (name: string): Loose => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: medicNamespace },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: functionPort }] },
});

const podName = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };

/** respond, restart and sweep, each with its own account, told where events go. */
export const medicManifests = (
  sink: string,
  settings: Readonly<Record<string, string>>,
  replicas: number,
): readonly Loose[] =>
  functions.flatMap((name) => [
    deployment({
      name: `keda-medic-${name}`,
      account: accountOf(name),
      image: `keda-medic/${name}:dev`,
      replicas,
      env: [...env({ K_SINK: sink, KEDA_MEDIC_CLUSTER: "processes", ...settings }), podName],
    }),
    service(`keda-medic-${name}`),
  ]);

const roleBinding = (name: string, role: string, accounts: readonly string[]): Loose => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name, namespace: "keda" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
  subjects: accounts.map((account) => ({ kind: "ServiceAccount", name: account, namespace: medicNamespace })),
});

/** One of the Roles that infra/kubernetes/rbac.yaml binds to nobody, bound as its head says. */
export const optionalRights: Readonly<Record<"secret" | "endPods" | "portForward", Loose>> = {
  secret: roleBinding("keda-medic-secret", "keda-medic-secret", ["keda-medic-respond", "keda-medic-restart"]),
  endPods: roleBinding("keda-medic-end-pods", "keda-medic-end-pods", ["keda-medic-restart"]),
  portForward: roleBinding("keda-medic-port-forward", "keda-medic-port-forward", [
    "keda-medic-respond",
    "keda-medic-restart",
  ]),
};

const sourceAccount = "events-source";

/** Rights of the sources' adapters, as their owner has to grant them. */
const sourceRights: readonly Loose[] = [
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: sourceAccount, namespace: medicNamespace },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: sourceAccount },
    rules: [
      { apiGroups: [""], resources: ["events", "secrets", "pods", "configmaps"], verbs: ["get", "list", "watch"] },
    ],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: sourceAccount },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: sourceAccount },
    subjects: [{ kind: "ServiceAccount", name: sourceAccount, namespace: medicNamespace }],
  },
];

interface Source {
  readonly name: string;
  readonly mode: "Reference" | "Resource";
  readonly resources: readonly string[];
  /** Undefined: all. */
  readonly namespace?: string;
}

const sources: readonly Source[] = [
  { name: "keda-objects", mode: "Reference", resources: ["secrets", "pods"], namespace: "keda" },
  { name: "kubernetes-events", mode: "Resource", resources: ["events"] },
];

export const sourceNames = sources.map(({ name }) => name);

/** The adapters of two ApiServerSources, with the environment that Knative's controller gives them. */
export const sourceManifests = (sink: string): readonly Loose[] => [
  ...sourceRights,
  ...sources.map(({ name, mode, resources, namespace: only }) =>
    deployment({
      name,
      account: sourceAccount,
      image: "knative/apiserver_receive_adapter:v0.44.0",
      env: [
        ...env({
          K_SINK: sink,
          K_SOURCE_CONFIG: JSON.stringify({
            namespaces: only === undefined ? [""] : [only],
            allNamespaces: only === undefined,
            resources: resources.map((resource) => ({ gvr: { Group: "", Version: "v1", Resource: resource } })),
            mode,
          }),
          SYSTEM_NAMESPACE: medicNamespace,
          NAMESPACE: medicNamespace,
          NAME: name,
          METRICS_DOMAIN: "knative.dev/eventing",
        }),
      ],
    }),
  ),
];
