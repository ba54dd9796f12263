/** Writes the generated parts of README.md: `node infra/aws/documents.js`. A test compares them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { costTable, priceLine } from "./cost.js";
import { parameters } from "./parameters.js";

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

const between = (mark, made) => (text) =>
  text.replace(
    new RegExp(`<!-- ${mark} -->[\\s\\S]*<!-- /${mark} -->`),
    () => `<!-- ${mark} -->\n${made}\n<!-- /${mark} -->`,
  );

/** The text with its generated parts as they must be. */
export const generated = (text) =>
  between("costs", `${priceLine()}\n\n${costTable()}`)(between("parameters", parameterTable())(text));

if (process.argv[1] === import.meta.filename) writeFileSync(readme, generated(readFileSync(readme, "utf8")));
