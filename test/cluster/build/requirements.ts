import { spawnSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { Failure } from "../failure.ts";
import { goVersion } from "./go.ts";

const GIGABYTE = 2 ** 30;

/** What `unshare` is asked for, here and when the cluster starts. */
export const unshareFlags = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"] as const;

/** Throws a Failure that says what is missing. Returns the Go version. */
export function checkMachine(): string {
  if (process.platform !== "linux") throw new Failure("the real cluster needs Linux: its Pods live in namespaces.");
  if (process.getuid?.() !== 0)
    throw new Failure("the real cluster needs root: it makes namespaces and mounts (try: sudo npm run cluster).");
  const { status, error } = spawnSync("unshare", [...unshareFlags, "ip", "link", "set", "lo", "up"]);
  if (error !== undefined) throw new Failure("unshare is missing (package util-linux).");
  if (status !== 0)
    throw new Failure("cannot make network, mount and pid namespaces here, or iproute2's ip is missing.");
  return goVersion();
}

/** Modules and build cache of everything take 13 GB, the binaries alone less than 1 GB. */
export function checkSpace(folder: string, toBuild: number): void {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const wanted = 1 + 2 * toBuild;
  if (bavail * bsize < wanted * GIGABYTE)
    throw new Failure(
      `no disk space: ${folder} has ${Math.floor((bavail * bsize) / GIGABYTE)} GB left, building the programs of ${toBuild} modules needs about ${wanted} GB.`,
    );
}
