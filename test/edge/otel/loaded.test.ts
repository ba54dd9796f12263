import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";

const child = new URL("./loaded.child.ts", import.meta.url).pathname;
const loadedWhen = (tracing: "on" | "off"): readonly string[] =>
  JSON.parse(execFileSync(process.execPath, ["--no-warnings", child, tracing], { encoding: "utf8" }));

test("with tracing off no package at all is loaded", () => {
  expect(loadedWhen("off")).toEqual([]);
});

test("with tracing on the child does see what is loaded", () => {
  expect(loadedWhen("on")).toEqual(expect.arrayContaining(["@opentelemetry/api", "@opentelemetry/sdk-trace"]));
});
