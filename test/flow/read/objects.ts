import type { KubeObject, ObjectMeta } from "../../../src/ports/cluster.ts";

/** Kubernetes objects as the API server gives them, with what a test changes. */
export const object = (
  name: string,
  more: Omit<Partial<KubeObject>, "metadata"> & { readonly metadata?: Partial<ObjectMeta> } = {},
): KubeObject => ({
  ...more,
  metadata: { name, namespace: "keda", uid: `uid-${name}`, resourceVersion: "7", ...more.metadata },
});

export interface ContainerShape {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly mounts?: readonly object[];
}

const certificates = [{ name: "certificates", readOnly: true, mountPath: "/certs" }];

export const container = ({
  name = "main",
  image = "",
  command,
  args = [],
  mounts = certificates,
}: ContainerShape) => ({
  name,
  image,
  args,
  volumeMounts: [{ name: "temp-vol", mountPath: "/tmp" }, ...mounts],
  ...(command === undefined ? {} : { command }),
});

export interface DeploymentShape {
  readonly app?: string;
  readonly containers?: readonly object[];
  readonly volumes?: readonly object[];
  readonly spec?: object;
  readonly status?: object;
  readonly metadata?: Partial<ObjectMeta>;
  readonly templateAnnotations?: object;
}

export const secretVolume = (secretName: string) => ({ name: "certificates", secret: { secretName } });

export const deployment = (name: string, shape: DeploymentShape = {}): KubeObject =>
  object(name, {
    metadata: { generation: 3, ...shape.metadata },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: shape.app ?? name } },
      template: {
        metadata: { labels: { app: shape.app ?? name, version: "x" }, annotations: shape.templateAnnotations },
        spec: {
          containers: shape.containers ?? [container({})],
          volumes: shape.volumes ?? [{ name: "temp-vol", emptyDir: {} }, secretVolume("kedaorg-certs")],
        },
      },
      ...shape.spec,
    },
    status: {
      observedGeneration: 3,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      conditions: [{ type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" }],
      ...shape.status,
    },
  });

export const service = (name: string, selector: unknown): KubeObject => object(name, { spec: { selector } });

const adapter = (more: ContainerShape = {}) =>
  container({
    name: "keda-metrics-apiserver",
    image: "ghcr.io/kedacore/keda-metrics-apiserver:2.13.1",
    args: ["/usr/local/bin/keda-adapter", "--secure-port=6443", "--cert-dir=/certs"],
    ...more,
  });
const operator = (more: ContainerShape = {}) =>
  container({
    name: "keda-operator",
    image: "ghcr.io/kedacore/keda:2.13.1",
    command: ["/keda"],
    args: ["--leader-elect"],
    ...more,
  });

/** KEDA's plain YAML. */
export const yaml = {
  adapter,
  operator,
  found: (changes: { adapter?: DeploymentShape; operator?: DeploymentShape } = {}) => ({
    namespace: "keda",
    service: service("keda-metrics-apiserver", { app: "keda-metrics-apiserver" }),
    operatorService: service("keda-operator", { app: "keda-operator" }),
    metricsApiserver: deployment("keda-metrics-apiserver", { containers: [adapter()], ...changes.adapter }),
    operator: deployment("keda-operator", { containers: [operator()], ...changes.operator }),
  }),
};
