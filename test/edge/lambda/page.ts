import { certManager, selfSigned } from "../../replay/recordings.ts";
import { type Hosts, type Told, tellTo } from "./verdicts.ts";

export const stories = [
  { name: "KEDA 2.13.1, a self-signed pair", recording: selfSigned },
  { name: "KEDA's chart 2.13.2, cert-manager 1.18", recording: certManager },
] as const;

export interface Compared {
  readonly story: string;
  readonly told: readonly { readonly host: string; readonly told: Told }[];
}

/** Every story told to every host. */
export async function compare({ kinds }: Hosts): Promise<readonly Compared[]> {
  const compared: Compared[] = [];
  for (const { name, recording } of stories) {
    const told: { host: string; told: Told }[] = [];
    for (const kind of kinds) told.push({ host: kind.name, told: await tellTo(kind, recording) });
    compared.push({ story: name, told });
  }
  return compared;
}

const verdictOf = (told: Told, step: string): string => {
  const last = told.steps.find(({ name }) => name === step)?.verdicts.at(-1);
  return last === undefined ? "-" : `${last.decision} \`${last.code}\``;
};

function table({ story, told }: Compared): string {
  const first = told[0]?.told;
  const steps = (first?.steps ?? []).filter(({ name, verdicts }) => !name.startsWith("event") && verdicts.length > 0);
  const rows = steps.map(({ name }) => [name, ...told.map(({ told: one }) => verdictOf(one, name))]);
  const count = (one: Told) => one.steps.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
  const head = ["Moment", ...told.map(({ host }) => host)];
  const all = [
    head,
    head.map(() => "---"),
    ...rows,
    ["events", ...told.map(({ told: one }) => String(one.steps.filter(({ name }) => name.startsWith("event")).length))],
    ["decisions", ...told.map(({ told: one }) => String(count(one)))],
    ["restarted", ...told.map(({ told: one }) => one.restarts.map((name) => `\`${name}\``).join(", ") || "-")],
  ];
  return `## ${story}\n\n${all.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

/** docs/hosts.md, out of what the hosts decided. */
export const pageOf = (compared: readonly Compared[]): string => `# The same verdict on every host

Made by \`node test/edge/lambda/update.ts\`; a test compares it. Recorded incidents of real control planes are told to every host: to the Knative functions by HTTP, with incidents as objects of the API server, and to the Lambda functions by their three ways in, with incidents in DynamoDB. A test compares every decision, its sentence and the incidents that are left, record by record; this page shows the looks and the sums.

${compared.map(table).join("\n")}`;
