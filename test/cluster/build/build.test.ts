import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { checkGo } from "./go.ts";
import { checkSpace } from "./requirements.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "building-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(["go1.26", "go1.26.8", "go1.27rc1", "go2.0"])("%s is new enough", (version) => {
  expect(checkGo(version)).toBe(version);
});

test.each(["go1.25.9", "go1.9", "devel"])("%s is too old, and said to be, before anything is built", (version) => {
  expect(() => checkGo(version)).toThrow(`${version} is too old: etcd, Kubernetes and KEDA 2.20 need Go >= 1.26.`);
});

test("no disk space is said in one sentence, with exit code 3", () => {
  const sentence =
    /^no disk space: \S+ has \d+ GB left, building the programs of 500000 modules needs about 1000001 GB\.$/;
  expect(() => checkSpace(folder, 500_000)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(sentence), exitCode: 3 }),
  );
});

/** Builds etcd with a Go command that only takes its time, in a process of its own. */
function slowBuild() {
  const go = join(folder, "go");
  writeFileSync(go, '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho half > "$2"\nexec sleep 60\n');
  chmodSync(go, 0o755);
  const module = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  const code = `
    const { build } = await import(${module("build.ts")});
    const { controlPlanePrograms } = await import(${module("programs.ts")});
    await build(controlPlanePrograms.slice(0, 1), "go9.9", () => {}).catch((error) => {
      process.stderr.write(error.message);
      process.exitCode = error.exitCode;
    });`;
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, XDG_CACHE_HOME: folder };
  return spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", code], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

const files = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: "utf8" });

test("an interrupted build is said in one sentence, and leaves no half binary", async () => {
  const child = slowBuild();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  while (!files().some((name) => name.endsWith(".part"))) await sleep(20);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(said).toBe("building etcd was interrupted.");
  expect(files().filter((name) => name.includes("etcd"))).toEqual(["keda-medic/programs/go9.9/etcd@v3.6.16"]);
});
