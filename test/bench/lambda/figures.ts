/**
 * Cold starts of the Lambda functions at Lambda's CPU shares, beside a handler that imports only the same AWS client, and
 * beside an empty one.
 *
 *   node test/bench/lambda/figures.ts [ROUNDS]   measures, and writes them into infra/aws/figures.json and README.md
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { root } from "../../build/build.ts";
import { median } from "../median.ts";
import { type Handler, handlers, makeBundles, type Ours, ours } from "./bundles.ts";
import { type Quota, quotaFor } from "./quota.ts";
import { openWorld, type Start } from "./start.ts";

export const memories = [256, 512, 1024, 1769] as const;

/** Median, least and most. */
export interface Spread {
  readonly median: number;
  readonly from: number;
  readonly to: number;
}

export interface AtMemory {
  readonly memory: number;
  readonly init: Readonly<Record<Handler, Spread>>;
  readonly first: Readonly<Record<Handler, Spread>>;
  /** Init beside that of `client`, of the same round. */
  readonly ratio: Readonly<Record<Ours, Spread>>;
}

export interface Figures {
  /** `2026-11-24` */
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  /** False where no cgroup can be made: then all sizes have whole CPUs. */
  readonly limited: boolean;
  /** KB with all chunks. */
  readonly sizes: Readonly<Record<Handler, number>>;
  readonly at: readonly AtMemory[];
}

function spreadOf(numbers: readonly number[], digits: number): Spread {
  const rounded = (n: number): number => Number(n.toFixed(digits));
  return {
    median: rounded(median(numbers)),
    from: rounded(Math.min(...numbers)),
    to: rounded(Math.max(...numbers)),
  };
}

type Round = Readonly<Record<Handler, Start>>;

function summed(memory: number, rounds: readonly Round[]): AtMemory {
  const each = <Name extends Handler, T>(names: readonly Name[], of: (name: Name) => T) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, T>;
  const all = (of: (round: Round) => number, digits: number) => spreadOf(rounds.map(of), digits);
  return {
    memory,
    init: each(handlers, (name) => all((round) => round[name].init, 0)),
    first: each(handlers, (name) => all((round) => round[name].first, 0)),
    ratio: each(ours, (name) => all((round) => round[name].init / round.client.init, 2)),
  };
}

const machine = (): string => `${cpus().length} x ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}`;

/** All handlers one after the other, and that so many times, at every size. */
export async function measure(rounds: number): Promise<Figures> {
  const bundles = await makeBundles();
  const world = await openWorld();
  const limited = memories.map((memory) => ({ memory, quota: quotaFor(memory) }));
  const round = async (quota: Quota | undefined): Promise<Round> => {
    const starts: [Handler, Start][] = [];
    for (const name of handlers) starts.push([name, await world.start(name, bundles.files[name], quota)]);
    return Object.fromEntries(starts) as Record<Handler, Start>;
  };
  try {
    const at: AtMemory[] = [];
    for (const { memory, quota } of limited) {
      await round(undefined);
      const made: Round[] = [];
      for (let i = 0; i < rounds; i += 1) made.push(await round(quota));
      at.push(summed(memory, made));
    }
    const date = new Date().toISOString().slice(0, 10);
    const isLimited = limited.every(({ quota }) => quota !== undefined);
    return { date, machine: machine(), rounds, limited: isLimited, sizes: bundles.sizes, at };
  } finally {
    for (const { quota } of limited) quota?.remove();
    await world.close();
    bundles.remove();
  }
}

async function main(): Promise<void> {
  const figures = await measure(Number(process.argv[2] ?? 9));
  writeFileSync(join(root, "infra/aws/figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
  execFileSync(process.execPath, [join(root, "infra/aws/documents.js")]);
  process.stdout.write(`${JSON.stringify(figures.at.map(({ memory, ratio }) => ({ memory, ratio })))}\n`);
}

if (process.argv[1] === import.meta.filename) await main();
