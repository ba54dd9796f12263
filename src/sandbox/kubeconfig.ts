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
    await writeFile(path, JSON.stringify(content(name, access), null, 2), { mode: 0o600 });
    return { ...access, path };
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

/** JSON is YAML. */
const content = (user: string, { server, ca, token }: Omit<Kubeconfig, "path">): unknown => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    { name: "sandbox", cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
  ],
  users: [{ name: user, user: { token } }],
  contexts: [{ name: "sandbox", context: { cluster: "sandbox", user } }],
  "current-context": "sandbox",
});
