import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../builders/temporary.ts";
import { build, firstAnswer, type Ran, ran, root, start } from "./build.ts";

const functions = ["respond", "restart", "sweep"].map((name) => `functions/knative/${name}`);

describe("the bundles of this tree", () => {
  const dist = temporaryFolder();
  const cli = join(dist, "cli/keda-medic.js");
  const kubeconfig = join(dist, "kubeconfig");
  let built: Ran;
  beforeAll(async () => {
    built = await build(dist);
    // A cluster that is not there, so that no test meets a real one.
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "none",
        contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
        clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:9" } }],
        users: [{ name: "none", user: { token: "none" } }],
      }),
    );
  }, 60_000);

  test("hold nothing for AWS: that is packaged by itself", () => {
    expect(readdirSync(join(dist, "functions"))).toEqual(expect.not.arrayContaining(["lambda"]));
    expect(built.stdout).not.toContain("lambda");
  });

  test("are built, and no entry loads at its start what can wait", () => {
    expect(built).toMatchObject({ code: 0, stderr: "" });
  });

  test.each(functions)("%s starts and says that it is well, with and without traces", async (name) => {
    const bare = { KUBECONFIG: kubeconfig, KEDA_MEDIC_STORE: "memory" };
    for (const env of [bare, { ...bare, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }]) {
      const server = await start(join(dist, `${name}.js`), env);
      const answer = await firstAnswer(server, "/healthz");
      await server.stop();
      expect({ answer, output: answer === undefined ? server.output() : "" }).toEqual({
        answer: expect.any(Number),
        output: "",
      });
      expect([200, 204]).toContain(answer);
    }
  });

  test("the command is executable by itself and explains itself", async () => {
    expect(statSync(cli).mode & 0o111).toBe(0o111);
    expect(readFileSync(cli, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(await ran(cli, ["--help"])).toMatchObject({ code: 0, stdout: expect.stringContaining("keda-medic") });
  });

  test("under a Node that is too old the command says so in one sentence", async () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';
    const old = await ran(process.execPath, [
      "--import",
      `data:text/javascript,${encodeURIComponent(pretend)}`,
      cli,
      "--help",
    ]);
    expect(old).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^keda-medic needs Node >= 22\.19, .*\.\n$/),
    });
  });
});

/** A tree of its own with the given files. */
function planted(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const yaml = { "node_modules/js-yaml/index.js": "exports.load = (text) => [require('util').inspect(text)];" };

describe("the build script", () => {
  test("builds nothing, without complaint, where there is no entry yet", async () => {
    const tree = planted({ "src/core/a.ts": "" });
    expect(await build(join(tree, "dist"), `--root=${tree}`)).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(tree, "dist"))).toBe(false);
  });

  test("refuses an entry that loads at its start what must wait, even through another file", async () => {
    const tree = planted({
      ...yaml,
      "functions/knative/respond.ts": 'import { read } from "../../src/a.ts";\nread("x");\n',
      "src/a.ts": 'import { load } from "js-yaml";\nexport const read = (text: string): unknown => load(text);\n',
    });
    const refused = await build(join(tree, "dist"), `--root=${tree}`);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("respond.js loads js-yaml at its start"),
    });
  });

  test("refuses a lazy import of a package itself: a bundle would lose names, and could leave nothing out", async () => {
    const entry = 'const { load } = await import("js-yaml");\nload("x");\n';
    const tree = planted({ ...yaml, "functions/knative/respond.ts": entry });
    const refused = await build(join(tree, "dist"), `--root=${tree}`);
    const words = "functions/knative/respond.ts imports the package js-yaml lazily";
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
  });

  test("keeps what is imported lazily in a chunk of its own, and CommonJS packages can require", async () => {
    const entry = 'const { read } = await import("../../src/lazy.ts");\nprocess.stdout.write(String(read("x")));\n';
    const lazy = 'import { load } from "js-yaml";\nexport const read = (text: string): unknown => load(text);\n';
    const tree = planted({
      ...yaml,
      "functions/knative/respond.ts": entry,
      "src/cli/main.ts": entry,
      "src/lazy.ts": lazy,
    });
    expect(await build(join(tree, "dist"), `--root=${tree}`)).toMatchObject({ code: 0, stderr: "" });
    for (const file of ["functions/knative/respond.js", "cli/keda-medic.js"]) {
      expect(readFileSync(join(tree, "dist", file), "utf8")).not.toContain("inspect");
      expect(await ran(process.execPath, [join(tree, "dist", file)])).toEqual({ code: 0, stdout: "'x'", stderr: "" });
    }
  });

  test("says nothing as npm's prepare", async () => {
    const tree = planted({ "src/cli/main.ts": "export {};\n" });
    const args = [join(root, "scripts/build.mjs"), `--root=${tree}`];
    const quiet = await ran(process.execPath, args, { npm_lifecycle_event: "prepare" });
    expect(quiet).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(existsSync(join(tree, "dist/cli/keda-medic.js"))).toBe(true);
  });

  test("leaves no file of an earlier build behind", async () => {
    const tree = planted({ "src/cli/main.ts": "export {};\n", "dist/cli/chunks/old.js": "" });
    await build(join(tree, "dist"), `--root=${tree}`);
    expect(existsSync(join(tree, "dist/cli/chunks/old.js"))).toBe(false);
  });
});
