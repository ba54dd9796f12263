import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const builder = fileURLToPath(new URL("../../test/infra/tools/build.ts", import.meta.url));

/** Path of the helm that the tests use. Builds it from its module when the cache does not have it; throws a sentence without Go. */
export async function helmPath() {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", builder, "helm"], {
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  if (status === 0) return stdout.trim().split("\n").at(-1);
  throw new Error(stderr.trim() || "helm could not be built");
}

/** The version that manifests are rendered for; a helm that is built from its module knows no default. */
export const kubeVersion = "1.36.3";

/** What helm prints. Throws with what it complains about. */
export const runHelm = (helm, args) =>
  execFileSync(helm, [...args, "--kube-version", kubeVersion], { encoding: "utf8", maxBuffer: 1e8 });
