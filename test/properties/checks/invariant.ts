import type { Setting } from "../hosts.ts";
import type { Ledger } from "../ledger.ts";

export type Name = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8";

export interface History {
  readonly ledger: Ledger;
  readonly setting: Setting;
}

/** One rule: what is wrong with a history, one sentence each; empty when nothing is. */
export interface Rule {
  readonly of: Name;
  readonly rule: string;
  readonly broken: (history: History) => readonly string[];
}

/** How far two of our own clocks may be apart in this history. */
export const apart = ({ setting: { skew } }: History): number => {
  const all = Object.values(skew);
  return Math.max(...all) - Math.min(...all);
};
