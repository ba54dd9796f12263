import { writeFileSync } from "node:fs";
import { kubeconfigText } from "../../../src/sandbox/kubeconfig.ts";
import type { Kubeconfig } from "../../../src/sandbox/world.ts";

/** Writes a kubeconfig for this user. */
export function writeKubeconfig(path: string, user: string, access: Omit<Kubeconfig, "path">): void {
  writeFileSync(path, kubeconfigText("keda-medic", user, access), { mode: 0o600 });
}
