import { spawnSync } from "node:child_process";
import { Failure } from "../failure.ts";

/** Runs a short command to its end. Only while the cluster starts: it blocks. */
export function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw new Failure(`cannot run ${command}: ${error.message}`);
  if (status !== 0) throw new Failure(`${command} ${args.join(" ")}: ${(stderr || stdout).trim()}`);
  return stdout;
}
