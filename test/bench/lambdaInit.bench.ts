import type { BenchResult } from "./intake.bench.ts";
import { handlers, ours } from "./lambda/bundles.ts";
import { type AtMemory, measure } from "./lambda/figures.ts";

const rounds = 5;

/** The slowest function at one size. */
function worstAt({ memory, ratio, init, first }: AtMemory) {
  const [name = "respond"] = ours.toSorted((a, b) => ratio[b].median - ratio[a].median);
  const times = (of: AtMemory["init"]) => handlers.map((handler) => Math.round(of[handler].median)).join("/");
  return { spread: ratio[name], note: `${memory} MB init ${times(init)}, first answer ${times(first)}` };
}

/**
 * Init of each Lambda function beside a handler that imports only the same AWS client, at four sizes of memory, in the
 * same run: the median of interleaved rounds, target 1.5. The ratio is the worst of all functions and sizes.
 */
export async function lambdaInitBench(): Promise<BenchResult> {
  const { at, sizes, limited } = await measure(rounds);
  const worsts = at.map(worstAt).toSorted((a, b) => b.spread.median - a.spread.median);
  const kilobytes = handlers.map((name) => `${name} ${sizes[name]} KB`).join(", ");
  const share = limited ? "at its CPU share" : "with whole CPUs, no cgroup can be made here";
  return {
    name: "lambda init",
    ratio: worsts[0]?.spread.median ?? Number.NaN,
    unit: "of a handler with the same client",
    samples: worsts.map(({ spread }) => spread.median),
    note: `${kilobytes}; ms of ${handlers.join("/")}, ${share}: ${at.map((one) => worstAt(one).note).join("; ")}`,
  };
}
