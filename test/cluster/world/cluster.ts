import { setTimeout as sleep } from "node:timers/promises";
import type { Install, Names as InstallNames } from "../../../src/sandbox/manifests/names.ts";
import { namesOf } from "../../../src/sandbox/manifests/names.ts";
import type { Material } from "../../../src/sandbox/material.ts";
import type { Api, Loose } from "../api/client.ts";
import { type ControlPlane, startControlPlane } from "../controlPlane/controlPlane.ts";
import { CaInjector } from "../keda/caInjector.ts";
import { CertManager, certManagerCrds } from "../keda/certManager.ts";
import { throughTheService } from "../keda/hidden.ts";
import { kedaImages } from "../keda/images.ts";
import { kedaManifests } from "../keda/manifests.ts";
import { openScalerSource, type ScalerSource } from "../keda/scalerSource.ts";
import { writeSecret } from "../keda/secret.ts";
import { scaledObjects, workloads } from "../keda/workloads.ts";
import { eventingImages } from "../knative/images.ts";
import type { Images } from "../kubelet/images.ts";
import { Kubelet } from "../kubelet/kubelet.ts";
import { medicImages } from "../medic/images.ts";
import { namespace } from "../medic/manifests.ts";
import { Names } from "../namespaces/names.ts";
import { openNetwork } from "../namespaces/network.ts";
import { type Kubectl, kubectlWith } from "../namespaces/spawned.ts";
import { Services } from "../services/services.ts";

export interface ClusterOptions {
  readonly folder: string;
  readonly binaries: Readonly<Record<string, string>>;
  /** Folders of modules by `folder` of the program. */
  readonly modules: Readonly<Record<string, string>>;
  readonly kedaVersion: string;
  readonly metricsApiservers: number;
  /** Whose names and arguments: KEDA's YAML (default) or its Helm chart. */
  readonly install?: Install;
  readonly subPath?: boolean;
  /** The operator's :9666 is refused to whoever dials its Pod; the way through its Service is open. */
  readonly probeRefused?: boolean;
  /** Certificates come from cert-manager. */
  readonly certManager?: boolean;
  /** Milliseconds from a Secret's change to the change in volumes. */
  readonly propagation: number;
  readonly hpaPeriod: string;
  readonly onLine?: (pod: Loose, text: string) => void;
  /** Path of a kubeconfig of the webhook that knows foreign tokens. */
  readonly authenticator?: string;
}

/** Everything that runs, nothing of keda-medic yet. */
export interface RealCluster {
  readonly names: InstallNames;
  readonly controlPlane: ControlPlane;
  readonly api: Api;
  readonly kubectl: Kubectl;
  readonly kubelet: Kubelet;
  readonly services: Services;
  readonly injector: CaInjector;
  readonly scaler: ScalerSource;
  readonly certManager: CertManager | undefined;
  close(): Promise<void>;
}

/** Starts a control plane and installs KEDA with the given certificates; resolves when everything is applied. */
export async function startCluster(options: ClusterOptions, material: Material): Promise<RealCluster> {
  const { folder, binaries, kedaVersion } = options;
  openNetwork();
  const dns = new Names(folder);
  const controlPlane = await startControlPlane(options);
  const { api, pki } = controlPlane;
  const names = namesOf(options.install ?? "yaml");
  const { probeRefused = false } = options;
  const services = new Services(api, dns, probeRefused ? throughTheService : undefined);
  const images: Images = {
    ...kedaImages(kedaVersion, binaries, probeRefused),
    ...medicImages(binaries),
    ...eventingImages(binaries),
  };
  const { cert, key } = pki.kubelet;
  const { propagation, onLine = () => {} } = options;
  const kubelet = new Kubelet({ api, images, cert, key, folder, propagation, onLine });
  await Promise.all([kubelet.start(), services.synced()]);
  const scaler = await openScalerSource();
  const kubectl = kubectlWith(binaries["kubernetes/kubectl"] ?? "kubectl", controlPlane.adminKubeconfig);
  // The Secret first: the operator's mount is optional, it would start without.
  await kubectl.apply([namespace(names.namespace), ...workloads]);
  const certManager = options.certManager === true ? new CertManager(api, names) : undefined;
  if (certManager === undefined) await writeSecret(api, names, material, { manager: "kubectl" });
  else {
    await kubectl.apply(certManagerCrds);
    await served(api, "/apis/cert-manager.io/v1");
    await certManager.issue(material);
  }
  const module = options.modules[`keda-${kedaVersion}`] ?? "";
  const { metricsApiservers, subPath = false } = options;
  await kubectl.apply(
    await kedaManifests(kubectl, { version: kedaVersion, module, names, metricsApiservers, subPath }),
  );
  const injector = new CaInjector(api, names.namespace, names.secret);
  await kubectl.apply(scaledObjects);
  return {
    names,
    controlPlane,
    api,
    kubectl,
    kubelet,
    services,
    injector,
    scaler,
    certManager,
    close: async () => {
      injector.close();
      services.close();
      kubelet.close();
      scaler.close();
      await controlPlane.close();
    },
  };
}

/** A new kind is served a moment after its definition is accepted. */
export async function served(api: Api, path: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { status, body } = await api.request({ method: "GET", path });
    if (status === 200 && body.resources.length > 0) return;
    await sleep(100);
  }
}
