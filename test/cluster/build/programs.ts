import { exitCodes, Failure } from "../failure.ts";

/** One binary: which package of which module it is built from. */
export interface Program {
  /** Folder under `programs/` with the go.mod that pins it. */
  readonly folder: string;
  readonly module: string;
  readonly version: string;
  readonly package: string;
  /** File name of the binary. */
  readonly binary: string;
  /** Variable that is linked with the version, where somebody asks the program for it: modules are built without one. */
  readonly tells?: string;
}

const kubernetes = (binary: string, tells?: string): Program => ({
  folder: "kubernetes",
  module: "k8s.io/kubernetes",
  version: "v1.36.3",
  package: `k8s.io/kubernetes/cmd/${binary}`,
  binary,
  ...(tells === undefined ? {} : { tells }),
});

const etcd: Program = {
  folder: "etcd",
  module: "go.etcd.io/etcd/server/v3",
  version: "v3.6.16",
  package: "go.etcd.io/etcd/server/v3",
  binary: "etcd",
};

const eventing = (command: string): Program => ({
  folder: "eventing",
  module: "knative.dev/eventing",
  version: "v0.44.0",
  package: `knative.dev/eventing/cmd/${command}`,
  binary: command.replace(/^.*\//, ""),
});

const apiServerSource = eventing("apiserver_receive_adapter");

/** Commands of Knative Eventing besides the source's adapter: what its own installation runs, for a channel in memory. */
export const eventingCommands = [
  "broker/ingress",
  "broker/filter",
  "in_memory/channel_dispatcher",
  "in_memory/channel_controller",
  "mtchannel_broker",
  "controller",
  "webhook",
  "mtping",
] as const;

export const eventingPrograms: readonly Program[] = eventingCommands.map(eventing);

/** For the tests of the chart: no part of the cluster. */
export const helm: Program = {
  folder: "helm",
  module: "helm.sh/helm/v3",
  version: "v3.22.0",
  package: "helm.sh/helm/v3/cmd/helm",
  binary: "helm",
};

/** KEDA versions that have a go.mod here: the incident's, the last one that does not reload its certificates, one that does. */
export const kedaVersions = ["2.13.1", "2.17.1", "2.20.2"] as const;
export type KedaVersion = (typeof kedaVersions)[number];

const keda = (version: string, what: "operator" | "adapter"): Program => ({
  folder: `keda-${version}`,
  module: "github.com/kedacore/keda/v2",
  version: `v${version}`,
  package: `github.com/kedacore/keda/v2/cmd/${what}`,
  binary: `keda-${what}`,
});

export const controlPlanePrograms: readonly Program[] = [
  etcd,
  // Knative does not start on a Kubernetes that tells no version.
  kubernetes("kube-apiserver", "k8s.io/component-base/version.gitVersion"),
  kubernetes("kube-controller-manager"),
  kubernetes("kubectl"),
];

/** In the order in which they are built. */
export const programsFor = (versions: readonly KedaVersion[]): readonly Program[] => [
  ...controlPlanePrograms,
  ...versions.flatMap((version) => [keda(version, "operator"), keda(version, "adapter")]),
  apiServerSource,
];

export function kedaVersion(text: string): KedaVersion {
  const version = kedaVersions.find((known) => known === text);
  if (version !== undefined) return version;
  throw new Failure(
    `--keda takes ${kedaVersions.join(", ")}, not "${text}": each version needs a go.mod in test/cluster/programs.`,
    exitCodes.usage,
  );
}
