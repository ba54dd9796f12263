/** Writes the generated parts of README.md: `node infra/aws/documents.js`. A test compares them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { costTable, priceLine } from "./cost.js";
import { parameters } from "./parameters.js";
import { startLine, startTable } from "./starts.js";

export const readme = join(import.meta.dirname, "README.md");

const shown = ({ fallback }) => {
  if (fallback === undefined) return "must be given";
  return fallback === "" ? "" : `\`${fallback}\``;
};

function parameterTable() {
  const rows = Object.entries(parameters).map(
    ([name, rule]) => `| \`${name}\` | ${shown(rule)} | ${rule.about} | ${rule.allowed} |`,
  );
  return ["| Parameter | Default | What for | Allowed |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** Throws where a mark is missing or stands twice: what is generated would get lost without a word. */
const between = (mark, made) => (text) => {
  const [start, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [head, rest, ...more] = text.split(start);
  const [, tail, ...others] = (rest ?? "").split(end);
  if (tail === undefined || more.length > 0 || others.length > 0)
    throw new Error(`the document must hold ${start} and then ${end}, once each: its part of that name is generated`);
  return `${head}${start}\n${made}\n${end}${tail}`;
};

const parts = {
  parameters: () => parameterTable(),
  costs: () => `${priceLine()}\n\n${costTable()}`,
  starts: () => `${startLine()}\n\n${startTable()}`,
};

/** The text with its generated parts as they must be. */
export const generated = (text) =>
  Object.entries(parts).reduce((made, [mark, part]) => between(mark, part())(made), text);

if (process.argv[1] === import.meta.filename) writeFileSync(readme, generated(readFileSync(readme, "utf8")));
