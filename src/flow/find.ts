import type { LayoutRead, WorkloadFacts } from "../core/evidence.ts";
import { mapSeen, type Seen, sawAt, type Unseen } from "../core/seen.ts";
import type { KubeObject } from "../ports/cluster.ts";
import type { Ports } from "./ports.ts";
import { readDeployment } from "./read/deployment.ts";
import { asString, at } from "./read/json.ts";
import { adapterWords, dialAddress, type Found, kedaContainer, onlyDeployment, operatorWords } from "./read/layout.ts";
import { readPod, selects } from "./read/pods.ts";

export type LookPorts = Pick<Ports, "cluster" | "probe" | "clock">;

export interface Objects {
  readonly found: Found;
  readonly pods: Seen<readonly KubeObject[]>;
}

type Refused = Extract<LayoutRead, { supported: false }>;

const isRefusal = (value: KubeObject | LayoutRead): value is LayoutRead => "supported" in value;

/** A Service that is not there is an answer, and a fault that no restart cures; anything else means that we could not look. */
const orMissing = (miss: Unseen, name: string, who: string, now: number): Seen<LayoutRead> =>
  miss.reason === "NotFound"
    ? sawAt(
        { supported: false, code: "ServiceMissing", detail: `Service ${name}, which ${who} names, does not exist.` },
        now,
      )
    : miss;

/** Service -> Deployment, twice: the metrics-apiserver behind the APIService, the operator behind its dial address. */
export async function find(
  { cluster, clock }: Pick<Ports, "cluster" | "clock">,
  service: { namespace: string; name: string },
): Promise<Seen<Objects | LayoutRead>> {
  const { namespace } = service;
  const [own, deployments, pods] = await Promise.all([
    cluster.service(namespace, service.name),
    cluster.deployments(namespace),
    cluster.pods(namespace),
  ]);
  if (!own.seen) return orMissing(own, `${namespace}/${service.name}`, "the APIService", clock.now());
  if (!deployments.seen) return deployments;
  const metricsApiserver = onlyDeployment(own.value, deployments.value, "the metrics-apiserver");
  if (isRefusal(metricsApiserver)) return sawAt(metricsApiserver, own.at);
  const refused = (code: Refused["code"], detail: string) => sawAt({ supported: false, code, detail } as const, own.at);
  const container = kedaContainer(metricsApiserver, adapterWords);
  const [serviceName, host] = (container === undefined ? "" : dialAddress(container, namespace).host).split(".");
  if (container === undefined || serviceName === undefined || serviceName === "")
    return refused(
      "NotKedaProvider",
      `Deployment ${namespace}/${metricsApiserver.metadata.name} behind the APIService is not KEDA's metrics-apiserver.`,
    );
  if (host !== undefined && host !== namespace)
    return refused(
      "UnsupportedLayout",
      `The metrics-apiserver in ${namespace} dials an operator in namespace ${host}: both must live in one namespace to share the Secret.`,
    );
  const operatorService = await cluster.service(namespace, serviceName);
  if (!operatorService.seen)
    return orMissing(operatorService, `${namespace}/${serviceName}`, "the metrics-apiserver's address", clock.now());
  const operator = onlyDeployment(operatorService.value, deployments.value, "the operator");
  if (isRefusal(operator)) return sawAt(operator, own.at);
  const found = { namespace, service: own.value, operatorService: operatorService.value, metricsApiserver, operator };
  return sawAt({ found, pods }, own.at);
}

export function workload(
  component: WorkloadFacts["component"],
  deployment: KubeObject,
  pods: Seen<readonly KubeObject[]>,
): Seen<WorkloadFacts> {
  const container = kedaContainer(deployment, component === "operator" ? operatorWords : adapterWords) ?? {};
  const selector = at(deployment.spec, "selector", "matchLabels");
  return mapSeen(pods, (all) => {
    const own = all
      .filter((pod) => selects(selector, pod.metadata.labels))
      .map((pod) => readPod(pod, asString(container["name"])));
    return readDeployment({ component, deployment, container, pods: own });
  });
}
