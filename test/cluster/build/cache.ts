import { homedir } from "node:os";
import { join } from "node:path";
import type { Program } from "./programs.ts";

/** The user's cache folder: binaries never lie in the tree. */
export const cacheFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "keda-medic", "programs");

/** By Go version, module and version: anything else is another binary. */
export const binaryPath = (goVersion: string, program: Program): string =>
  join(cacheFolder(), goVersion, `${program.folder.replace(/-[\d.]+$/, "")}@${program.version}`, program.binary);
