import { accounts, hpaAccount } from "./accounts.ts";
import { Aggregator } from "./apiserver/aggregator.ts";
import { ApiServer } from "./apiserver/apiServer.ts";
import type { Backend } from "./apiserver/calls.ts";
import { Objects } from "./apiserver/objects.ts";
import type { User } from "./apiserver/rbac.ts";
import { ApiServerSource } from "./cluster/apiServerSource.ts";
import { watchAvailability } from "./cluster/availability.ts";
import { CaInjector } from "./cluster/caInjector.ts";
import { CertManager } from "./cluster/certManager.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { DeploymentController } from "./cluster/deploymentController.ts";
import { HpaController } from "./cluster/hpaController.ts";
import { Kubelet } from "./cluster/kubelet.ts";
import { Network } from "./cluster/network.ts";
import { Recorder } from "./cluster/recorder.ts";
import { realTiming } from "./cluster/timing.ts";
import { metricsApiserver } from "./keda/metricsApiserver.ts";
import { operator } from "./keda/operator.ts";
import { ScalerSource } from "./keda/scaler.ts";
import { METRICS_APISERVER_IMAGE, OPERATOR_IMAGE } from "./manifests/deployments.ts";
import { type Names, namesOf } from "./manifests/names.ts";
import { servingCertificate } from "./servingCertificate.ts";
import { createStory, type Story } from "./story.ts";
import { createTime } from "./time.ts";
import type { Role } from "./world.ts";
import type { WorldOptions } from "./worldOptions.ts";

/** A cluster with its controllers running, and nothing installed in it yet. */
export interface Parts {
  readonly names: Names;
  readonly story: Story;
  readonly cluster: Cluster;
  readonly users: Readonly<Record<Role, User>>;
  /** PEM: whom clients of the API server trust. */
  readonly ca: string;
  readonly apiServer: ApiServer;
  readonly kubelet: Kubelet;
  readonly source: ApiServerSource;
  readonly certManager: CertManager | undefined;
  readonly scaler: ScalerSource;
  readonly injector: CaInjector;
  /** Oldest continue token that is still good. */
  readonly tokens: { oldest: number };
  close(): Promise<void>;
}

export function assemble(options: WorldOptions): Parts {
  const names = namesOf(options.install ?? "yaml");
  const time = createTime(options.speed ?? 1, options.startAt);
  const story = createStory(time);
  const objects = new Objects(time);
  const network = new Network(objects);
  const recorder = new Recorder(objects, time);
  const timing = { ...realTiming, ...options.timing };
  const cluster: Cluster = { objects, time, network, recorder, timing, tell: story.tell };
  const scaler = new ScalerSource();
  const kubelet = new Kubelet(cluster, {
    [OPERATOR_IMAGE]: operator(cluster, scaler),
    [METRICS_APISERVER_IMAGE]: metricsApiserver(cluster),
  });
  const tokens = { oldest: 0 };
  const backend = backendOf(cluster, options, { logs: (uid) => kubelet.logs(uid), oldestToken: () => tokens.oldest });
  const served = serve(cluster, names, { backend, options });
  const { apiServer } = served;
  const source = new ApiServerSource(cluster, { apiServer: apiServer.url, namespace: names.namespace });
  const issuer = options.issuer ?? "selfSigned";
  const certManager = options.certManager ? new CertManager(cluster, names, issuer) : undefined;
  const injector = new CaInjector(cluster, names.secret);
  const stops = [...control(cluster), injector.stop, () => source.close(), served.stop];
  const close = async (): Promise<void> => {
    for (const stop of stops) stop();
    apiServer.watches.close();
    await kubelet.close();
    await apiServer.down();
    time.end();
  };
  return { names, story, cluster, ...served, kubelet, source, certManager, scaler, injector, tokens, close };
}

function backendOf(
  cluster: Cluster,
  { certManager = false, medicCrds = true }: WorldOptions,
  parts: Pick<Backend, "logs" | "oldestToken">,
): Backend {
  const { objects, time, network } = cluster;
  const aggregator = new Aggregator(objects, network, time);
  const absentGroups = new Set([
    ...(certManager ? [] : ["cert-manager.io"]),
    ...(medicCrds !== false ? [] : ["kedamedic.dev"]),
  ]);
  const oldCrds = medicCrds === "old";
  return { ...parts, objects, clock: time, oldCrds, aggregate: (path) => aggregator.get(path), absentGroups };
}

/** The API server and its users; the HPA controller is one of them. */
function serve(cluster: Cluster, names: Names, parts: { readonly backend: Backend; readonly options: WorldOptions }) {
  const { backend, options } = parts;
  const namespaces = { keda: names.namespace, medic: options.medicNamespace ?? "keda-medic" };
  const users = accounts(namespaces, options.rules);
  const hpaUser = hpaAccount();
  const host = cluster.network.apiServerAddress;
  const certificate = servingCertificate(host);
  const { ca } = certificate;
  const all = [...Object.values(users), hpaUser];
  const apiServer = new ApiServer({ clock: cluster.time, users: all, host, certificate, backend });
  const scaling = new HpaController(cluster, { server: apiServer.url, ca, token: hpaUser.token });
  return { apiServer, users, ca, stop: () => scaling.close() };
}

function control(cluster: Cluster): (() => void)[] {
  const deploying = new DeploymentController(cluster);
  return [() => deploying.close(), watchAvailability(cluster)];
}
