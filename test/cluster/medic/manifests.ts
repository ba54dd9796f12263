import type { Loose } from "../api/client.ts";
import { type Adapted, adapterContainer } from "./adapter.ts";
import { type FunctionName, functionPort, functions } from "./images.ts";

export const medicNamespace = "keda-medic";

export const namespace = (name: string): Loose => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

/** sweep is respond woken by a timer: the same account. */
const accountOf = (name: FunctionName): string => `keda-medic-${name === "restart" ? "restart" : "respond"}`;

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
  readonly container: Loose;
  readonly replicas?: number;
}

const deployment = ({ name, account, container, replicas = 1 }: Workload): Loose => ({
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
        containers: [container],
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
      replicas,
      container: {
        name: `keda-medic-${name}`,
        image: `keda-medic/${name}:dev`,
        env: [...env({ K_SINK: sink, KEDA_MEDIC_CLUSTER: "processes", ...settings }), podName],
      },
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
export const optionalRights: Readonly<Record<"secret" | "endPods", Loose>> = {
  secret: roleBinding("keda-medic-secret", "keda-medic-secret", ["keda-medic-respond", "keda-medic-restart"]),
  endPods: roleBinding("keda-medic-end-pods", "keda-medic-end-pods", ["keda-medic-restart"]),
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

const core = (resource: string) => ({ apiVersion: "v1", resource });

const sources: readonly Adapted[] = [
  {
    name: "keda-objects",
    namespace: medicNamespace,
    mode: "Reference",
    resources: [core("secrets"), core("pods")],
    only: "keda",
  },
  {
    name: "kubernetes-events",
    namespace: medicNamespace,
    mode: "Resource",
    resources: [core("events")],
    only: undefined,
  },
];

export const sourceNames = sources.map(({ name }) => name);

/** The adapters of two ApiServerSources. */
export const sourceManifests = (sink: string): readonly Loose[] => [
  ...sourceRights,
  ...sources.map((source) =>
    deployment({ name: source.name, account: sourceAccount, container: adapterContainer(source, sink) }),
  ),
];
