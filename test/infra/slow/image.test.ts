import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Builder, ignoring, type Stage } from "../tools/dockerfile.ts";
import { containersOf, objects, read, root } from "../tools/objects.ts";

const context = fileURLToPath(root).replace(/\/$/, "");
const folder = mkdtempSync(join(tmpdir(), "keda-medic-image-"));
const nobody = 65532;
let image: Stage;

/** A path of the image, here; Node of the base image is the one that runs the tests. */
const here = (word: string): string =>
  word === "/nodejs/bin/node" ? process.execPath : word.replace(/^\/app\//, `${image.folder}/app/`);
const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

beforeAll(() => {
  image = new Builder(context, folder).build();
  // Everybody may read, nobody may write: a read-only root.
  chmodSync(folder, 0o755);
  spawnSync("chmod", ["-R", "a-w,a+rX", image.folder]);
}, 600_000);

afterAll(() => {
  spawnSync("chmod", ["-R", "u+w", folder]);
  rmSync(folder, { recursive: true, force: true });
});

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!done() && performance.now() < end) await sleep(10);
}

const files = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(image.folder.length));

describe("the image that the Dockerfile describes", () => {
  test("is distroless Node 24, not root, and its bases can be pinned by digest", () => {
    expect(image.base).toMatch(/^gcr\.io\/distroless\/nodejs24-debian12:nonroot$/);
    expect(image.user).toBe(`${nobody}:${nobody}`);
    expect(read("Dockerfile")).toContain("--build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12@sha256:");
  });

  test("holds the bundle, the package's name and the licence, and nothing else", () => {
    const others = files(image.folder).filter((path) => !/^\/app\/dist\/(cli|functions)\/[\w./-]+\.js$/.test(path));
    expect(others.sort()).toEqual(["/app/LICENSE", "/app/package.json"]);
    const bytes = files(image.folder).reduce((sum, path) => sum + statSync(join(image.folder, path)).size, 0);
    expect(bytes).toBeLessThan(12_000_000);
  });

  test("holds no sandbox and no private key", () => {
    for (const path of files(image.folder))
      expect([
        path,
        /-----BEGIN [A-Z ]*PRIVATE KEY-----\\?n[A-Za-z0-9+/]{40}/.test(readFileSync(join(image.folder, path), "utf8")),
      ]).toEqual([path, false]);
    expect(files(image.folder).filter((path) => path.includes("sandbox"))).toEqual([]);
  });

  test("its build sees neither node_modules nor tests nor a working copy's dist", () => {
    const ignored = ignoring(read(".dockerignore"));
    for (const path of [
      "node_modules/x/index.js",
      "tools/node/node_modules/x",
      "test/a.ts",
      "dist/a.js",
      ".git/config",
      "src/sandbox/world.ts",
    ])
      expect([path, ignored(path)]).toEqual([path, true]);
    for (const path of ["src/core/decide.ts", "package.json", "scripts/build.mjs", "tools/node/package.json"])
      expect([path, ignored(path)]).toEqual([path, false]);
  });

  test("started as it is, it prints its help", () => {
    const [command = "", ...args] = [...image.entrypoint, ...image.cmd].map(here);
    const { status, stdout } = spawnSync(command, args, { encoding: "utf8", env: { ...image.env }, ...asNobody });
    expect([status, stdout.includes("keda-medic")]).toEqual([0, true]);
  });
});

describe("every container of the manifests, started in the image by nobody on a read-only root", () => {
  const api = createServer((_request, response) => response.writeHead(404).end("{}"));
  let kubeconfig = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    kubeconfig = join(folder, "kubeconfig");
    const server = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "x",
        contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
        clusters: [{ name: "x", cluster: { server } }],
        users: [{ name: "x", user: { token: "x" } }],
      }),
      { mode: 0o644 },
    );
  });
  afterAll(() => void api.close());

  const containers = ["deployment", "knative"].flatMap((name) =>
    containersOf(objects(read(`infra/kubernetes/${name}.yaml`))).map((container) => ({ name, container })),
  );

  test.each(containers)("$name $container.name answers /healthz and ends on SIGTERM", async ({ container }) => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const words = [...(container.command ?? image.entrypoint), ...(container.args ?? [])];
    const [command = "", ...args] = words
      .map(here)
      .map((word, i, all) => (all[i - 1] === "--port" ? String(port) : word));
    const env = Object.fromEntries(
      (container.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    );
    const child = spawn(command, args, {
      env: { ...image.env, ...env, PORT: String(port), HOST: "127.0.0.1", KUBECONFIG: kubeconfig, POD_NAME: "pod-1" },
      cwd: join(image.folder, "app"),
      stdio: ["ignore", "pipe", "pipe"],
      ...asNobody,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    // Said when everything is in place, a moment after the port is open.
    await until(() => output.includes("listening on") || child.exitCode !== null);
    const status = await fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.status, String);
    child.kill("SIGTERM");
    expect([status, await ended, status === 200 ? "" : output]).toEqual([200, 0, ""]);
  });
});
