/**
 * Renders what is made from the Helm chart: the manifests in infra/kubernetes and infra/event-exporter, the chart's copy of
 * the CRDs, and the table in the chart's README.md.
 *
 *   node scripts/render.mjs           writes the files
 *   node scripts/render.mjs --check   says which ones are not as they would be, and ends with 1
 *   node scripts/render.mjs --helm=PATH   a helm of one's own; else the one of the tests, built on demand (needs Go)
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { helmPath, runHelm } from "./render/helm.mjs";
import { manifests } from "./render/manifests.mjs";
import { withTable } from "./render/table.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const chart = join(root, "infra/helm/keda-medic");
const read = (path) => readFileSync(join(root, path), "utf8");

/** Every generated file by its path, as it should be. */
export async function rendered(helm) {
  const files = Object.entries(manifests).map(([path, manifest]) => {
    const show = manifest.templates.flatMap((name) => ["--show-only", `templates/${name}`]);
    const values = Object.entries(manifest.values ?? {}).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const args = ["template", "keda-medic", chart, "--namespace", "keda-medic", ...values, ...show];
    return [path, manifest.head + plain(runHelm(helm, args))];
  });
  const readme = "infra/helm/keda-medic/README.md";
  return {
    ...Object.fromEntries(files),
    "infra/helm/keda-medic/crds/crd.yaml": read("infra/kubernetes/crd.yaml"),
    [readme]: withTable(read(readme), JSON.parse(read("infra/helm/keda-medic/values.schema.json"))),
  };
}

/** Without what is only true of a release: whose chart it is, and which template a document comes from. */
function plain(text) {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): |^# Source: /.test(line));
  return `${lines.join("\n").trimEnd()}\n`.replace(/^---\n/, "").replace(/---\n(?=---\n)/g, "");
}

async function main() {
  const option = process.argv.find((word) => word.startsWith("--helm="));
  const files = await rendered(option?.slice("--helm=".length) ?? (await helmPath()));
  const other = Object.entries(files).filter(([path, text]) => text !== readIfThere(path));
  if (!process.argv.includes("--check")) for (const [path, text] of other) writeFileSync(join(root, path), text);
  for (const [path] of other) process.stdout.write(`${path}\n`);
  if (process.argv.includes("--check") && other.length > 0) {
    process.stderr.write("these files are not as the chart renders them: npm run render\n");
    process.exitCode = 1;
  }
}

function readIfThere(path) {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
