import { setTimeout as sleep } from "node:timers/promises";
import type { ApiServer } from "./apiServer.ts";
import type { Loose } from "./objects.ts";

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

export const incident: Loose = {
  apiVersion: "kedamedic.dev/v1alpha1",
  kind: "Incident",
  metadata: { name: "inc-1" },
  spec: { installation: "keda", generation: "abc", openedAt: "2026-11-24T00:00:00Z" },
};
