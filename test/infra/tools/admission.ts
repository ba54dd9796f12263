import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type ApiServer, startApiServer } from "./apiServer.ts";
import { kedaDeployment } from "./keda.ts";
import { type Loose, root } from "./objects.ts";

const file = (name: string): string => fileURLToPath(new URL(`infra/kubernetes/${name}.yaml`, root));
const namespaceOf = (name: string): Loose => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

/** A real API server with KEDA's Deployments and our rendered manifests, policies in force. Throws when one is refused. */
export async function startWithPolicies(): Promise<ApiServer> {
  const server = await startApiServer();
  const applied = (what: readonly string[], input?: string): void => {
    const { code, stderr } = server.kubectl(["apply", ...what], input);
    if (code !== 0 || stderr !== "") throw new Error(`kubectl apply ${what.join(" ")} ended with ${code}: ${stderr}`);
  };
  const workloads = ["keda-operator", "keda-metrics-apiserver", "keda-admission-webhooks"].map(kedaDeployment);
  const items = [...["keda", "keda-medic"].map(namespaceOf), ...workloads];
  applied(["-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  for (const name of ["crd", "rbac", "admission", "deployment"]) applied(["-f", file(name)]);
  await untilDenied(server, await server.tokenOf("keda-medic", "keda-medic-restart"));
  return server;
}

const adapterPath = "/apis/apps/v1/namespaces/keda/deployments/keda-metrics-apiserver";

/** Policies take effect a moment after they are written. */
export async function untilDenied(server: ApiServer, token: string): Promise<void> {
  const end = performance.now() + 30_000;
  const probe = { metadata: { labels: { probe: "x" } } };
  while (performance.now() < end) {
    // They are read together, at most a second apart.
    if ((await server.patchAs(token, `${adapterPath}?dryRun=All`, probe)).status === 422) return sleep(2000);
    await sleep(200);
  }
  throw new Error("the policies did not take effect within 30 s");
}

/** Bindings, too. */
export async function untilAllowed(server: ApiServer, token: string, path: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    if ((await server.api.request({ method: "GET", path, token })).status === 200) return;
    await sleep(100);
  }
  throw new Error(`${path} stays forbidden`);
}

export const incidents = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";

export const incident: Loose = {
  apiVersion: "kedamedic.dev/v1alpha1",
  kind: "Incident",
  metadata: { name: "inc-1" },
  spec: { installation: "keda", generation: "abc", openedAt: "2026-11-24T00:00:00Z" },
};
