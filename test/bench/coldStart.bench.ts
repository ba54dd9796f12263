import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, start } from "../build/build.ts";
import type { BenchResult } from "./intake.bench.ts";
import { median } from "./median.ts";

const pairs = 9;

const bare = `import { createServer } from "node:http";
createServer((_, response) => response.end("ok")).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** A cluster that is not there: starting must not need one. */
const nowhere = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "none",
  contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
  clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:9" } }],
  users: [{ name: "none", user: { token: "none" } }],
});

/** True when somebody answered. No agent and no fetch: asking must cost less than being asked. */
const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on("error", () => resolve(false));
  });

/** Milliseconds from spawning the file to its first answer. */
async function timeOf(file: string, env: NodeJS.ProcessEnv): Promise<number> {
  const server = await start(file, env);
  try {
    while (!(await answers(`${server.url}/healthz`))) {
      if (server.process.exitCode !== null) throw new Error(`${file} ended: ${server.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return performance.now() - server.startedAt;
  } finally {
    await server.stop();
  }
}

const round = (n: number): number => Number(n.toFixed(3));

/**
 * From spawn to the first answer: the bundle of `respond` beside an empty node:http server. The ratio is of times, the
 * median of interleaved pairs; below 1 is impossible, target 1.5.
 */
export async function coldStartBench(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "cold-start-"));
  await build(folder);
  const [kubeconfig, empty] = [join(folder, "kubeconfig"), join(folder, "bare.mjs")];
  writeFileSync(kubeconfig, nowhere);
  writeFileSync(empty, bare);
  const respond = join(folder, "functions/knative/respond.js");
  const ours = (): Promise<number> => timeOf(respond, { KUBECONFIG: kubeconfig, KEDA_MEDIC_STORE: "memory" });
  const theirs = (): Promise<number> => timeOf(empty, {});
  try {
    await theirs();
    const times: { readonly ours: number; readonly theirs: number }[] = [];
    for (let i = 0; i < pairs; i += 1) times.push({ ours: await ours(), theirs: await theirs() });
    const samples = times.map((pair) => round(pair.ours / pair.theirs));
    const [one, other] = [median(times.map((t) => t.ours)), median(times.map((t) => t.theirs))];
    return {
      name: "cold start",
      ratio: median(samples),
      unit: "of an empty node:http server, time to first answer",
      samples,
      note: `${Math.round(one)} ms beside ${Math.round(other)} ms`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
