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
}

const kubernetes = (binary: string): Program => ({
  folder: "kubernetes",
  module: "k8s.io/kubernetes",
  version: "v1.36.3",
  package: `k8s.io/kubernetes/cmd/${binary}`,
  binary,
});

const etcd: Program = {
  folder: "etcd",
  module: "go.etcd.io/etcd/server/v3",
  version: "v3.6.16",
  package: "go.etcd.io/etcd/server/v3",
  binary: "etcd",
};

const apiServerSource: Program = {
  folder: "apiserversource",
  module: "knative.dev/eventing",
  version: "v0.44.0",
  package: "knative.dev/eventing/cmd/apiserver_receive_adapter",
  binary: "apiserver_receive_adapter",
};

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
  kubernetes("kube-apiserver"),
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
