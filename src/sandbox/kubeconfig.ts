import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kubeconfig } from "./world.ts";

/** Kubeconfig files in a folder of their own, gone when the world closes. */
export class KubeconfigFiles {
  #folder: Promise<string> | undefined;

  async write(name: string, access: Omit<Kubeconfig, "path">): Promise<Kubeconfig> {
    this.#folder ??= mkdtemp(join(tmpdir(), "keda-medic-sandbox-"));
    const path = join(await this.#folder, `${name}.kubeconfig`);
    await writeFile(path, kubeconfigText("sandbox", name, access), { mode: 0o600 });
    return { ...access, path };
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

/** A kubeconfig with one cluster and one user; JSON is YAML. */
export function kubeconfigText(cluster: string, user: string, access: Omit<Kubeconfig, "path">): string {
  const { server, ca, token } = access;
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: cluster, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: cluster, context: { cluster, user } }],
    "current-context": cluster,
  };
  return JSON.stringify(content, null, 2);
}
