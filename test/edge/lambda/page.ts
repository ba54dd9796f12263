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

function table({ story, told }: Compared, heading: string): string {
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
  return `${heading} ${story}\n\n${all.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

/** Of a run by hand: it takes root, Go and half an hour. */
const onRealControlPlane = `On a real control plane with real KEDA, \`npm run test:cluster -- --compare knative,lambda\` plays scenarios on the chart's Knative functions and on the packaged stack of AWS Lambda. On 2026-11-24 the scenarios 1, 7, 8 and 13 ended as they must on both, with the same records: 3, 13 and 3 of incidents in 1, 7 and 13, and in 8 none, as nothing was wrong. CI plays all four on both, with the harness's own manifests of the Knative functions, and compares 1, 8 and 13.`;

/** docs/hosts.md, out of what the hosts decided. */
export const pageOf = (compared: readonly Compared[]): string => `# The same verdict on every host

Made by \`node test/edge/lambda/update.ts\`; a test compares it. Recorded incidents of real control planes are told to every host: to the Knative functions by HTTP, with incidents as objects of the API server, and to the Lambda functions by their three ways in, with incidents in DynamoDB. A test compares every decision, its sentence and the incidents that are left, record by record; this page shows the looks and the sums.

${onRealControlPlane}

${compared.map((one) => table(one, "##")).join("\n")}`;

/** The same tables as the README has them between its markers. */
export const readmeTables = (compared: readonly Compared[]): string =>
  compared.map((one) => table(one, "###")).join("\n");

const inReadme = /(<!-- hosts -->\n)[\s\S]*?(<!-- \/hosts -->)/;

/** The README with these tables between its markers. Throws when the markers are missing. */
export function withTables(readme: string, compared: readonly Compared[]): string {
  if (!inReadme.test(readme)) throw new Error("the README has no <!-- hosts --> and <!-- /hosts -->");
  return readme.replace(
    inReadme,
    (_all, open: string, close: string) => `${open}${onRealControlPlane}\n\n${readmeTables(compared)}${close}`,
  );
}
