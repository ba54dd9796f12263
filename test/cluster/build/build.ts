import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { binaryPath, cacheFolder } from "./cache.ts";
import { goBuild } from "./go.ts";
import type { Program } from "./programs.ts";
import { checkSpace } from "./requirements.ts";

export type Say = (line: string) => void;

/** Paths of the binaries by `folder/binary`, such as `keda-2.13.1/keda-operator`. */
export type Binaries = Readonly<Record<string, string>>;

export const binaryKey = ({ folder, binary }: Program): string => `${folder}/${binary}`;

/** Builds what the cache does not have yet, with a line per program. An interrupted build leaves no half binary. */
export async function build(programs: readonly Program[], goVersion: string, say: Say): Promise<Binaries> {
  const missing = programs.filter((program) => !existsSync(binaryPath(goVersion, program)));
  checkSpace(cacheFolder(), new Set(missing.map(({ folder }) => folder)).size);
  if (missing.length > 0) say(`building ${missing.length} programs into ${cacheFolder()} (once; ${goVersion})`);
  for (const [i, program] of missing.entries()) {
    const began = performance.now();
    say(`  ${i + 1}/${missing.length} ${program.binary} of ${program.module}@${program.version} ...`);
    await buildOne(program, binaryPath(goVersion, program));
    say(`  ${i + 1}/${missing.length} ${program.binary}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  return Object.fromEntries(programs.map((program) => [binaryKey(program), binaryPath(goVersion, program)]));
}

async function buildOne(program: Program, path: string): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    await goBuild(program, part);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}
