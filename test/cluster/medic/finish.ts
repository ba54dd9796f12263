import type { Loose } from "../api/client.ts";
import { spawned } from "../namespaces/spawned.ts";
import { type Audited, audited } from "../world/audit.ts";
import type { RealWorld } from "../world/realWorld.ts";
import { medicNamespace } from "./manifests.ts";
import { compareRights, rightsProblems } from "./rights.ts";

export interface Installed {
  /** Path of kubectl. */
  readonly kubectl: string;
  readonly crds: readonly Loose[];
  readonly objects: readonly Loose[];
  /** When applying the render began, in milliseconds; undefined: the first diagnosis is not timed. */
  readonly appliedAt?: number;
  readonly say: (line: string) => void;
}

/** What Kubernetes itself puts into every namespace, and the account of the harness. */
const notOurs = ["serviceaccount/default", "serviceaccount/keda-medic-nobody", "configmap/kube-root-ca.crt"];
const kinds =
  "pods,deployments,replicasets,services,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,configmaps,secrets,leases";

/** The end of a run with the chart: shows the Incidents and the rights, and uninstalls. Returns what is wrong then. */
export async function finish(world: RealWorld, installed: Installed): Promise<readonly string[]> {
  const { kubectl, crds, objects, say } = installed;
  const { adminKubeconfig, auditLog } = world.cluster.controlPlane;
  const run = (args: readonly string[], input?: string): Promise<string> =>
    spawned(kubectl, [...args, "--kubeconfig", adminKubeconfig], input);
  const show = async (...args: readonly string[]): Promise<void> =>
    say(`kubectl ${args.join(" ")}\n${(await run(args)).trimEnd()}`);
  await show("-n", medicNamespace, "get", "incidents");
  await show("-n", medicNamespace, "get", "incidents", "-o", "wide");
  const requests = await audited(auditLog);
  if (installed.appliedAt !== undefined) say(firstDiagnosis(requests, installed.appliedAt));
  const rights = compareRights(objects, requests);
  say(`granted and never used:\n${rights.neverUsed.join("\n")}`);
  say(`refused by the API server:\n${rights.refused.join("\n")}`);
  const before = await state(world, crds);
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  await run(["delete", "--ignore-not-found", "-f", "-"], list);
  const pods = `/api/v1/namespaces/${medicNamespace}/pods`;
  await world.until("keda-medic's Pods to end", async () => (await world.api.list(pods)).length === 0);
  const applied = await run(["get", "--ignore-not-found", "-o", "name", "-f", "-"], list);
  const inNamespace = await run(["-n", medicNamespace, "get", kinds, "-o", "name"]);
  const left = new Set(
    `${applied}\n${inNamespace}`.split("\n").filter((name) => name !== "" && !notOurs.includes(name)),
  );
  const after = await state(world, crds);
  say(`uninstalled; what is left: ${after.join("; ")}`);
  const changed = after.filter((line, i) => line !== before[i]).map((line) => `uninstall changed: ${line}`);
  return [...rightsProblems(rights), ...[...left].map((name) => `uninstall left ${name}`), ...changed];
}

/** The first look writes down which certificates it has seen. */
function firstDiagnosis(requests: readonly Audited[], appliedAt: number): string {
  const first = requests.find(({ verb, resource }) => verb === "create" && resource === "installations");
  const seconds = first === undefined ? "never" : `${((first.at - appliedAt) / 1000).toFixed(1)} s`;
  return `from the install to the first diagnosis on record: ${seconds}`;
}

/** What an uninstall must not touch: CRDs, Incidents, and KEDA with restart's annotations. */
async function state({ api, names }: RealWorld, crds: readonly Loose[]): Promise<readonly string[]> {
  const all = await api.list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  const ours = all.filter(({ metadata }) => crds.some((crd) => crd.metadata.name === metadata.name));
  const incidents = await api.list(`/apis/kedamedic.dev/v1alpha1/namespaces/${medicNamespace}/incidents`);
  const deployments = await api.list(`/apis/apps/v1/namespaces/${names.namespace}/deployments`);
  return [
    `CRDs: ${ours.map(({ metadata }) => metadata.name).join(", ")}`,
    `Incidents: ${incidents.map(({ metadata, status }) => `${metadata.name} ${status?.phase}`).join(", ")}`,
    ...deployments.map(({ metadata, spec }) => {
      const annotations = JSON.stringify(spec.template.metadata.annotations ?? {});
      return `${metadata.name}: generation ${metadata.generation}, ${annotations}`;
    }),
  ];
}
