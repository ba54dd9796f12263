import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { kubeVersion } from "../../../scripts/render/helm.mjs";
import { helmKey, programs } from "./build.ts";
import { type Manifest, objects } from "./objects.ts";

export const chart = fileURLToPath(new URL("../../../infra/helm/keda-medic", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Helm {
  readonly path: string;
  /** Any command of helm. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Ran;
  lint(...args: readonly string[]): Ran;
  /** `helm template` of the chart as release keda-medic. */
  template(...args: readonly string[]): Ran;
  /** The objects that `helm template` prints. Throws with helm's sentence when it refuses. */
  objects(...args: readonly string[]): readonly Manifest[];
}

/** `--set` before each value. */
export const set = (...values: readonly string[]): string[] => values.flatMap((value) => ["--set", value]);

/** Helm as the tests build it from its module. */
export async function builtHelm(): Promise<Helm> {
  const path = (await programs(["helm"]))[helmKey] ?? "helm";
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Ran => {
    const { status, stdout, stderr } = spawnSync(path, args, {
      encoding: "utf8",
      maxBuffer: 1e8,
      env: { PATH: process.env.PATH, HOME: "/nonexistent", ...env },
    });
    return { code: status, stdout, stderr };
  };
  const template = (...args: readonly string[]): Ran =>
    run(["template", "keda-medic", chart, "--namespace", "keda-medic", "--kube-version", kubeVersion, ...args]);
  return {
    path,
    run,
    lint: (...args) => run(["lint", chart, "--strict", "--kube-version", kubeVersion, ...args]),
    template,
    objects: (...args) => {
      const { code, stdout, stderr } = template(...args);
      if (code !== 0) throw new Error(stderr);
      return objects(stdout);
    },
  };
}
