import type { Result } from "./play.ts";
import type { Playable } from "./run.ts";
import { type Figures, worst } from "./world/figures.ts";

export interface Row {
  readonly played: Playable;
  readonly result: Result;
  readonly seconds: number;
}

/** Columns of figures: their heads, and what stands in them. */
const columns: readonly (readonly [string, (figures: Figures) => number | string | undefined])[] = [
  ["symptom->patch/s", ({ toPatch }) => toPatch],
  ["waits/s", ({ waits }) => waits],
  ["patch->healed/s", ({ toHealed }) => toHealed],
  ["floor/s", ({ floor }) => floor],
  ["own/s", ({ own, overBudget }) => (own === undefined ? undefined : `${own}${overBudget === true ? "!" : ""}`)],
  ["requests", ({ requests }) => requests],
  ["kB", ({ kilobytes }) => kilobytes],
];

const figuresOf = (figures: Figures): string =>
  columns.map(([head, cell]) => String(cell(figures) ?? "").padStart(head.length)).join("  ");

const left = (name: string, keda: string, result: string, took: string): string =>
  `${name.padEnd(14)} ${keda.padEnd(7)} ${result.padEnd(7)} ${took.padStart(6)}`;

function line({ played, result, seconds }: Row): string {
  const passed = result.problems.length === 0 ? "passed" : "FAILED";
  return `${left(played.name, played.keda, passed, seconds.toFixed(0))}  ${figuresOf(result.figures)}  ${played.title}`;
}

/** For a play that ran more than once: the largest of every figure. */
function maximum(rows: readonly Row[]): readonly string[] {
  const [first] = rows;
  if (first === undefined || rows.length < 2) return [];
  const { name, keda } = first.played;
  const figures = figuresOf(worst(rows.map(({ result }) => result.figures)));
  return [`${left(name, keda, "maximum", "")}  ${figures}  of ${rows.length} runs`];
}

/** The sentence that belongs to a `!`. */
function budget(rows: readonly Row[]): readonly string[] {
  const over = rows.some(({ result }) => result.figures.overBudget === true);
  return over ? ["! more than 1 s of our own before the patch, or more than a fifth of the floor in all"] : [];
}

export function table(rows: readonly Row[]): string {
  const head = `${left("scenario", "KEDA", "result", "took/s")}  ${columns.map(([title]) => title).join("  ")}  title`;
  const names = [...new Set(rows.map(({ played }) => played.name))];
  const groups = names.map((name) => rows.filter(({ played }) => played.name === name));
  return [head, ...groups.flatMap((group) => [...group.map(line), ...maximum(group)]), ...budget(rows)].join("\n");
}
