import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { BuildResult, Metafile } from "esbuild";
import { bundleLambda } from "../../scripts/bundleLambda.mjs";
import { putInPlace } from "../../scripts/putInPlace.mjs";
import { ran } from "../build/build.ts";
import { bus } from "../edge/lambda/events.ts";

const names = ["respond", "restart", "sweep"] as const;
const folder = mkdtempSync(join(tmpdir(), "lambda-bundles-"));
const built = new Map<string, BuildResult<{ metafile: true }>>();
beforeAll(async () => {
  for (const name of names) {
    const made = await bundleLambda(`functions/lambda/${name}.ts`, join(folder, name), { metafile: true });
    built.set(name, made as BuildResult<{ metafile: true }>);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files of a bundle that one of them loads at once, itself included. */
function loadedBy(outputs: Metafile["outputs"], file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const imports = (outputs[file]?.imports ?? []).filter(({ kind }) => kind === "import-statement");
  for (const { path } of imports) loadedBy(outputs, path, seen);
  return seen;
}

/** Runs one line of code with `handler` of a bundle. */
const invoke = (name: string, code: string, env: NodeJS.ProcessEnv) => {
  const file = JSON.stringify(join(folder, name, "index.mjs"));
  const text = `const { handler } = await import(${file}); ${code}; process.exit(0);`;
  return ran(process.execPath, ["--input-type=module", "--eval", text], env);
};

const env = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  KEDA_MEDIC_STORE: "dynamodb",
  KEDA_MEDIC_DYNAMODB_TABLE: "incidents",
  KEDA_MEDIC_EVENT_BUS: "medic",
  KEDA_MEDIC_EKS_CLUSTER: "prod",
  KEDA_MEDIC_EKS_ENDPOINT: "https://127.0.0.1:9",
  KEDA_MEDIC_EKS_CA: "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n",
};

describe.each(names)("the bundle of %s", (name) => {
  test("loads no package before its configuration is read: a wrong one is said at once, what is rare is loaded late", () => {
    const outputs: Metafile["outputs"] = built.get(name)?.metafile.outputs ?? {};
    const entry = Object.keys(outputs).find((file) => file.endsWith("/index.mjs")) ?? "none";
    const inputs = [...loadedBy(outputs, entry)].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
    expect(inputs.filter((input) => input.includes("node_modules/"))).toEqual([]);
    expect(inputs.length).toBeGreaterThan(50);
  });

  test("loads no undici, which an import of node:http brings along", async () => {
    const code = "process.stdout.write(process.moduleLoadList.filter((name) => name.includes('undici')).join())";
    expect(await invoke(name, code, env)).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("starts as it is deployed and answers an event that is none of ours", async () => {
    const event = JSON.stringify(bus({ eventName: "RunInstances" }, "AWS API Call via CloudTrail", "aws.ec2"));
    const code = `process.stdout.write(JSON.stringify(await handler(${event})))`;
    expect(await invoke(name, code, env)).toEqual({ code: 0, stdout: '{"outcome":"ignored"}', stderr: "" });
  });
});

test("the bundle of sweep says in one sentence what it could not reach", async () => {
  const code = "await handler({}).catch((e) => process.stdout.write(String(e.message)))";
  const invoked = await invoke("sweep", code, env);
  const sentence = /dynamodb:Query on table incidents in eu-west-1 failed: ECONNREFUSED: it is repeated later$/;
  expect(invoked).toMatchObject({ code: 0, stdout: expect.stringMatching(sentence) });
});

describe("a folder that is put in its place", () => {
  const planted = (name: string, text: string): string => {
    const made = join(folder, `planted-${name}`);
    mkdirSync(join(made, "chunks"), { recursive: true });
    writeFileSync(join(made, "chunks/a.mjs"), text);
    return made;
  };
  const statOf = (file: string) => statSync(file).ino;

  test("replaces what was there whole, and leaves nothing beside it", () => {
    const place = join(folder, "places/one");
    putInPlace(planted("a", "a"), place);
    writeFileSync(join(place, "left-over.mjs"), "");
    putInPlace(planted("b", "b"), place);
    expect(readFileSync(join(place, "chunks/a.mjs"), "utf8")).toBe("b");
    expect(readdirSync(place)).toEqual(["chunks"]);
    expect(readdirSync(join(folder, "places"))).toEqual(["one"]);
  });

  test("leaves the same bytes alone: somebody may be reading them", () => {
    const place = join(folder, "places/two");
    putInPlace(planted("c", "c"), place);
    const before = statOf(join(place, "chunks/a.mjs"));
    putInPlace(planted("d", "c"), place);
    expect(statOf(join(place, "chunks/a.mjs"))).toEqual(before);
  });
});
