import { causes } from "./causes.ts";
import { uncovered } from "./uncovered.ts";
import type { Cause, Variant } from "./variant.ts";
import { versions } from "./versions.ts";

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");

const distinct = (all: readonly string[]): readonly string[] => [...new Set(all)];
const answer = ({ expected: { code, decision, targets = [] } }: Variant): string =>
  targets.length === 0 ? `${decision} (\`${code}\`)` : `restart the ${targets.join(", then the ")} (\`${code}\`)`;

const row = ({ title, variants, pair }: Cause): readonly string[] => [
  title,
  distinct(variants.map((one) => `\`${one.expected.code}\``)).join(", "),
  `${variants.length} (${variants.filter(({ unseen }) => unseen !== undefined).length})`,
  `\`${pair.fact}\`: ${answer(pair.one)}, else ${answer(pair.other)}`,
];

/** docs/causes.md: what the corpus holds, which KEDA it was read from, and what has no code of its own. */
export const page = (): string => `<!-- Written by \`node test/corpus/main.ts\`: do not edit. -->
# Causes of a failing external metric

What \`test/corpus\` holds: ${causes.length} causes in ${causes.reduce((sum, { variants }) => sum + variants.length, 0)} situations, each with names as the release manifests and as the Helm chart give them.
In brackets: situations in which something could not be seen; the answer may be weaker there, never wrong. The last column is the adversarial pair: two situations that differ in this one fact.

${table(["Cause", "Reason codes", "Situations", "One fact, two answers"], causes.map(row))}

## KEDA 2.9 to 2.20

Read from the published modules and the grpc-go they are built with. *Unproved*: nobody has recorded its lines, they are known by source only.

${table(
  ["KEDA", "Read", "grpc-go", "Hop B", "Reloads", "Failed connect", 'Prints "established"', "Logger", "Lines seen"],
  versions.map((v) => [
    v.minor,
    v.tag,
    v.grpc,
    v.hopB,
    v.reloads ? "yes" : "no",
    `${v.failedConnect}, ${v.address}`,
    v.printsEstablished ? "yes" : "no",
    v.logger,
    v.lines,
  ]),
)}

## Without a code of their own

${table(
  ["Cause", "What is answered", "Why"],
  uncovered.map((one) => [one.cause, one.answer, one.why]),
)}
`;
