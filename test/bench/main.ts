import { readdirSync } from "node:fs";
import type { BenchResult } from "./intake.bench.ts";

/** What we want each ratio to be, where more is better or less is. */
const targets: Readonly<Record<string, { readonly atLeast?: number; readonly atMost?: number }>> = {
  intake: { atLeast: 0.75 },
  "cold start": { atMost: 1.5 },
  "lambda init": { atMost: 1.5 },
  "core p99": { atMost: 1 },
  "requests per diagnosis": { atMost: 1 },
  "burst heap": { atMost: 1.1 },
  memory: { atMost: 1.1 },
};

function verdict({ name, ratio }: BenchResult): string {
  const { atLeast, atMost } = targets[name] ?? {};
  if (atLeast !== undefined) return `>= ${atLeast} ${ratio >= atLeast ? "met" : "missed"}`;
  return atMost === undefined ? "none" : `<= ${atMost} ${ratio <= atMost ? "met" : "missed"}`;
}

const number = (n: number): string => n.toFixed(3).replace(/0$/, "");

function row(result: BenchResult): readonly string[] {
  const sorted = result.samples.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const range = `${number(sorted[0] ?? 0)} to ${number(sorted.at(-1) ?? 0)}`;
  return [result.name, number(result.ratio), number(middle), range, verdict(result), `${result.unit}; ${result.note}`];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Every export of a `*.bench.ts` beside this file whose name ends in `Bench`; an argument picks files by name. */
async function benches(wanted: string): Promise<readonly (() => Promise<BenchResult>)[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".bench.ts") && file.includes(wanted));
  const modules = await Promise.all(files.sort().map((file): Promise<Record<string, unknown>> => import(`./${file}`)));
  return modules.flatMap((module) =>
    Object.entries(module).flatMap(([name, value]) =>
      name.endsWith("Bench") && typeof value === "function" ? [value as () => Promise<BenchResult>] : [],
    ),
  );
}

const rows = [["bench", "ratio", "median", "min to max", "target", "what"]];
// One after the other: they would disturb each other.
for (const bench of await benches(process.argv[2] ?? "")) rows.push([...row(await bench())]);
process.stdout.write(`${table(rows)}\n`);
