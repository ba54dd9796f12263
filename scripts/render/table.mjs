const begin = "<!-- values -->";
const end = "<!-- /values -->";

/** Every value that can be set, as [path, schema], in the order of the schema. */
export const valuesOf = (schema, path = "") =>
  Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const name = path === "" ? key : `${path}.${key}`;
    return part.properties === undefined || part.type === "array" ? [[name, part]] : valuesOf(part, name);
  });

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function defaultOf(part) {
  if (part.default === undefined) return "";
  return `\`${typeof part.default === "string" ? part.default || '""' : JSON.stringify(part.default)}\``;
}

function meaningOf(part) {
  const choices = part.enum === undefined ? "" : ` One of ${part.enum.map((choice) => `\`${choice}\``).join(", ")}.`;
  return cell(`${part.description ?? ""}${choices}`);
}

/** The README with its table of values as the schema has them. */
export function withTable(readme, schema) {
  const rows = valuesOf(schema)
    .filter(([name]) => name !== "global")
    .map(([name, part]) => `| \`${name}\` | ${cell(defaultOf(part))} | ${meaningOf(part)} |`);
  const table = ["| Value | Default | Meaning |", "| --- | --- | --- |", ...rows].join("\n");
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md of the chart lacks ${begin} and ${end}`);
  return `${readme.slice(0, from)}${begin}\n${table}\n${readme.slice(to)}`;
}
