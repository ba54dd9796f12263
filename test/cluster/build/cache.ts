import { homedir } from "node:os";
import { join } from "node:path";
import type { Program } from "./programs.ts";

/** The user's cache folder: binaries never lie in the tree. */
export const cacheFolder = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "keda-medic", "programs");

/** By Go version, module and version: anything else is another binary. */
export const binaryPath = (goVersion: string, program: Program, folder = cacheFolder()): string =>
  join(folder, goVersion, `${program.folder.replace(/-[\d.]+$/, "")}@${program.version}`, program.binary);
