import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { serve, serverCa, type TestServer } from "./server.ts";

let folder: string;
let server: TestServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lazy-"));
  server = await serve(() => ({ body: { metadata: { name: "x" }, items: [] } }));
  for (const [name, content] of [
    ["ca.crt", serverCa.certificate],
    ["token", "t"],
    ["namespace", "n"],
  ] as const)
    await writeFile(join(folder, name), content);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Packages that a process of its own has loaded after looking at the cluster. */
async function packagesAfter(access: string): Promise<string[]> {
  const source = (file: string) =>
    JSON.stringify(new URL(`../../../src/edge/kubernetes/${file}`, import.meta.url).href);
  const script = `
    import { registerHooks } from "node:module";
    const seen = new Set();
    registerHooks({ load(url, context, next) { seen.add(url); return next(url, context); } });
    const clock = { now: () => Date.now() };
    const { kubeClient } = await import(${source("client.ts")});
    const { clusterReader } = await import(${source("reader.ts")});
    await import(${source("store.ts")});
    await import(${source("writer.ts")});
    await import(${source("portForward.ts")});
    const { inClusterAccess } = await import(${source("inCluster.ts")});
    const { kubeconfigAccess } = await import(${source("kubeconfig.ts")});
    const client = kubeClient(await ${access}, { clock });
    const pods = await clusterReader(client).pods("keda");
    if (!pods.seen) throw new Error(pods.detail);
    client.close();
    const names = [...seen].flatMap((url) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? []);
    console.log(JSON.stringify([...new Set(names)]));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--no-warnings",
    "--input-type=module",
    "-e",
    script,
  ]);
  return JSON.parse(stdout);
}

test("in a cluster no package is loaded at all", async () => {
  const settings = { host: "127.0.0.1", port: server.url.port, clusterName: "c", folder };
  expect(await packagesAfter(`inClusterAccess({ ...${JSON.stringify(settings)}, clock })`)).toEqual([]);
});

test("a plain kubeconfig loads js-yaml and nothing else, and one in JSON not even that", async () => {
  const file = join(folder, "config");
  const entry = (kind: string, value: object) => [{ name: "x", [kind]: value }];
  const config = {
    "current-context": "x",
    clusters: entry("cluster", { server: server.url.href, "certificate-authority": "ca.crt" }),
    users: entry("user", { tokenFile: "token" }),
    contexts: entry("context", { cluster: "x", user: "x" }),
  };
  const loaded = () => packagesAfter(`kubeconfigAccess({ files: [${JSON.stringify(file)}], clock })`);
  await writeFile(file, `# YAML\n${JSON.stringify(config)}`);
  expect(await loaded()).toEqual(["js-yaml"]);
  await writeFile(file, JSON.stringify(config));
  expect(await loaded()).toEqual([]);
});
