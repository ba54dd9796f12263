import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawned } from "../../namespaces/spawned.ts";
import { functions } from "../images.ts";
import { unzip } from "./unzip.ts";

const program = fileURLToPath(new URL("../../../../scripts/packageAws.mjs", import.meta.url));

/** Name of the EKS cluster; the harness's cluster is called the same on every host. */
export const eksCluster = "processes";
export const region = "eu-west-1";

/** What `npm run package:aws` made, with every zip unpacked beside it. */
export interface AwsPackage {
  /** `made/` as it was packaged, `task/NAME/` as a function finds it. */
  readonly folder: string;
  remove(): void;
}

export const templateIn = (folder: string): string => join(folder, "made", "cloudformation-template-update-stack.json");
/** Where Lambda would have /var/task of a function. */
export const taskRoot = (folder: string, name: string): string => join(folder, "task", name);

/** Packages as a user does, for the harness's cluster, once for all plays of a run. */
export async function packageFunctions(): Promise<AwsPackage> {
  const folder = mkdtempSync(join(tmpdir(), "keda-medic-aws-"));
  const parameters = [`--param=cluster=${eksCluster}`, "--param=mode=act"];
  const made = join(folder, "made");
  await spawned(process.execPath, [program, "--stage", "prod", "--region", region, "--out", made, ...parameters]);
  for (const name of functions) {
    mkdirSync(taskRoot(folder, name), { recursive: true });
    unzip(join(made, `${name}.zip`), taskRoot(folder, name));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
