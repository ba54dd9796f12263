import { homedir } from "node:os";
import { join } from "node:path";
import type { Program } from "./programs.ts";

/** The user's cache folder: binaries never lie in the tree. */
export const cacheFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "keda-medic", "programs");

/** By Go version, module, version and whether it tells it: anything else is another binary. */
export function binaryPath(goVersion: string, { folder, version, binary, tells }: Program): string {
  const name = tells === undefined ? binary : `${binary}-${version}`;
  return join(cacheFolder(), goVersion, `${folder.replace(/-[\d.]+$/, "")}@${version}`, name);
}
