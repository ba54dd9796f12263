import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import type { Loose } from "./objects.ts";

const folder = fileURLToPath(new URL("../crds", import.meta.url));

/** Files of published modules that hold the CRDs of everything that the chart can make. */
const files: Readonly<Record<string, readonly string[]>> = {
  "github.com/kedacore/keda/v2": ["cloudeventsources", "clustercloudeventsources"].map(
    (name) => `config/crd/bases/eventing.keda.sh_${name}.yaml`,
  ),
  "knative.dev/eventing": ["apiserversource", "broker", "pingsource", "sinkbindings", "trigger"].map(
    (name) => `config/core/resources/${name}.yaml`,
  ),
  "knative.dev/serving": ["config/core/300-resources/service.yaml"],
};

/** Folder of the unpacked source of a module that go.mod pins. Throws a sentence when it cannot be had. */
export function sourceOf(name: string): string {
  const env = { ...process.env, GOFLAGS: "", GOTOOLCHAIN: "local", GOWORK: "off" };
  spawnSync("go", ["mod", "download", name], { cwd: folder, env });
  const { stdout, stderr } = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", name], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  if (stdout?.trim()) return stdout.trim();
  throw new Error(`cannot find the source of ${name}: ${stderr ?? "Go is missing"}`);
}

/** The real CRDs, at the versions that go.mod beside them pins. Conversion webhooks are left out: nobody would answer. */
export const foreignCrds = (): readonly Loose[] =>
  Object.entries(files).flatMap(([name, paths]) => {
    const source = sourceOf(name);
    const documents = paths.flatMap((path) => loadAll(readFileSync(`${source}/${path}`, "utf8")) as Loose[]);
    return documents
      .filter((document) => document?.kind === "CustomResourceDefinition")
      .map(({ spec: { conversion: _, ...spec }, ...crd }) => ({ ...crd, spec }));
  });
