import { type ControlGroup, controlGroup } from "../controlGroup.ts";

/** Lambda gives one CPU at 1,769 MB and its share below (Lambda developer guide, "Configure Lambda function memory"). */
export const oneCpu = 1769;

/** A cgroup with a CPU quota. */
export type Quota = Pick<ControlGroup, "take" | "remove">;

const period = 100_000;

/** The CPU share of a function with so many MB; undefined where this machine lets us make no cgroup (needs root). */
export function quotaFor(memory: number): Quota | undefined {
  const share = String(Math.round((memory / oneCpu) * period));
  // The share is a limit, and within it others on this machine must not be in the way: hence the weight.
  return controlGroup(`keda-medic-bench-${process.pid}-${memory}`, {
    controller: "cpu",
    v1: { "cpu.cfs_quota_us": share, "cpu.shares": "262144" },
    v2: { "cpu.max": `${share} ${period}`, "cpu.weight": "10000" },
  });
}
