import { exit } from "../../src/cli/exit.ts";
import { annotations } from "../../src/core/annotations.ts";
import { reasons } from "../../src/core/reasons.ts";
import { telemetry } from "../../src/core/telemetry.ts";
import { variables } from "../../src/edge/config/variables.ts";
import { crds, eventSchemas } from "./listings.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
const code = (text: string): string => `\`${text}\``;

const exitMeanings: Readonly<Record<keyof typeof exit, string>> = {
  ok: "Healthy, or the command did what it was asked.",
  latent: "Works now; the next restart of one side breaks it.",
  restartHelps: "Broken, and a restart helps.",
  restartCannotHelp:
    "Broken, and a restart cannot help; `approve`: nothing to approve, or not confirmed; `approve`, `incidents NAME`: there is no such incident.",
  wait: "Something is in progress.",
  unknown: "Unknown or contradictory: a person must look.",
  usage: "Wrong usage or configuration.",
  couldNotLook:
    "The cluster, the store or the folder could not be read; `approve`, `pause`, `resume`: not allowed, or not done.",
};

const annotationMeanings: Readonly<Record<keyof typeof annotations, readonly [where: string, meaning: string]>> = {
  restartedFor: ["Pod template", "Generation that the restart was made for. No second restart for it."],
  restartedAt: ["Pod template", "When, RFC 3339 in UTC."],
  incident: ["Pod template", "Name of the incident."],
  paused: ["Deployment", "Set by a person: hands off. The value is the reason."],
  approved: ["Deployment", "Set by a person through `approve`: hash and instant of an approval."],
};

const nameRows = (group: string, names: Readonly<Record<string, string>>) =>
  Object.values(names).map((name) => [code(name), group]);

/** The tables of CONTRACTS.md, by the name of their marker: generated, so that they cannot drift from the code. */
export const blocks: Readonly<Record<string, () => string>> = {
  reasons: () =>
    table(
      ["Code", "Kind", "Symptom", "What we do"],
      Object.entries(reasons).map(([name, r]) => [code(name), r.disposition, r.symptom, r.whatWeDo]),
    ),
  exits: () =>
    table(
      ["Code", "Meaning"],
      Object.entries(exit)
        .sort(([, a], [, b]) => a - b)
        .map(([name, number]) => [String(number), exitMeanings[name as keyof typeof exit]]),
    ),
  events: () =>
    table(
      ["Type", "When"],
      eventSchemas().map(({ type, schema }) => [code(type), String(schema["description"]).split(". ")[0] ?? ""]),
    ),
  "custom-resources": () =>
    table(
      ["Kind", "Columns of kubectl get"],
      crds().map(({ name, lines }) => [
        code(name),
        lines.flatMap((line) => / column ([A-Za-z]+):/.exec(line)?.[1] ?? []).join(", "),
      ]),
    ),
  annotations: () =>
    table(
      ["Annotation", "On", "Meaning"],
      Object.entries(annotations).map(([key, name]) => [
        code(name),
        ...annotationMeanings[key as keyof typeof annotations],
      ]),
    ),
  telemetry: () =>
    table(
      ["Name", "Is a"],
      [
        ...nameRows("span", telemetry.spans),
        ...nameRows("attribute", telemetry.attributes),
        ...nameRows("span event", telemetry.spanEvents),
      ],
    ),
  configuration: () =>
    table(
      ["Variable", "Meaning (default)"],
      Object.entries(variables).map(([name, meaning]) => [code(name), meaning]),
    ),
};

const between = (name: string): RegExp => new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n?<!-- /${name} -->)`);

/** The text between a block's markers; undefined when the markers are missing. */
export const blockIn = (document: string, name: string): string | undefined => {
  const found = between(name).exec(document);
  return found?.[0].slice(found[1]?.length ?? 0, -(found[2]?.length ?? 0));
};

/** The document with every block as the code says now. */
export const withBlocks = (document: string): string =>
  Object.entries(blocks).reduce(
    (text, [name, block]) => text.replace(between(name), (_, open: string) => `${open}${block()}\n<!-- /${name} -->`),
    document,
  );
