import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Lambda gives one CPU at 1,769 MB and its share below (Lambda developer guide, "Configure Lambda function memory"). */
export const oneCpu = 1769;

/** A cgroup with a CPU quota. */
export interface Quota {
  /** Puts a process into it. */
  take(pid: number): void;
  /** Every process in it must have ended. */
  remove(): void;
}

const period = 100_000;

/** The CPU share of a function with so many MB; undefined where this machine lets us make no cgroup (needs root). */
export function quotaFor(memory: number): Quota | undefined {
  const share = String(Math.round((memory / oneCpu) * period));
  const name = `keda-medic-bench-${process.pid}-${memory}`;
  // Version 1 has a folder for each controller, version 2 one for all of them. The share is a limit, and within it others on
  // this machine must not be in the way: hence the weight.
  const ways = [
    { folder: join("/sys/fs/cgroup/cpu", name), files: { "cpu.cfs_quota_us": share, "cpu.shares": "262144" } },
    { folder: join("/sys/fs/cgroup", name), files: { "cpu.max": `${share} ${period}`, "cpu.weight": "10000" } },
  ];
  for (const { folder, files } of ways) {
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    try {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
      return {
        take: (pid) => writeFileSync(join(folder, "cgroup.procs"), String(pid)),
        remove: () => rmdirSync(folder),
      };
    } catch {
      rmdirSync(folder);
    }
  }
  return undefined;
}
