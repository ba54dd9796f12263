import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../builders/temporary.ts";
import { root } from "./sources.ts";

interface Report {
  readonly modules: number;
  readonly calls: number;
  readonly used: readonly string[];
}

const child = join(import.meta.dirname, "purity.child.ts");

function run(folder: string, ...more: readonly string[]): Report {
  const args = ["--no-warnings", "--experimental-strip-types", child, folder, ...more];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

test("core has no clock, no chance and no way out, when it loads and when it works", () => {
  const report = run(join(root, "src/core"), "calls");
  expect(report.used).toEqual([]);
  expect(report.modules).toBeGreaterThan(20);
  expect(report.calls).toBeGreaterThan(0);
});

describe("what an impure module would use is noticed", () => {
  const impure: readonly [string, string][] = [
    ["new Date()", "Date"],
    ["Date.now()", "Date.now"],
    ["globalThis.Date.now()", "Date.now"],
    ["Date.parse('2026-01-01')", "Date.parse"],
    ["performance.now()", "performance.now"],
    ["Math.random()", "Math.random"],
    ["setTimeout(() => {}, 1)", "setTimeout"],
    ["globalThis['set' + 'Interval'](() => {}, 1)", "setInterval"],
    ["fetch('http://127.0.0.1:9')", "fetch"],
    ["crypto.randomUUID()", "crypto.randomUUID"],
    ["process.hrtime()", "process.hrtime"],
  ];

  test.each(impure)("%s", (code, name) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "a.ts"), `try {\n  ${code};\n} catch {}\n`);
    expect(run(folder)).toEqual({ modules: 1, calls: 0, used: [`a.ts used ${name}`] });
  });

  test("randomness out of node:crypto, imported by name", () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, "a.ts"),
      'import { randomUUID } from "node:crypto";\nexport const id: string = randomUUID();\n',
    );
    expect(run(folder).used).toEqual(["a.ts used crypto.randomUUID", expect.stringContaining("a.ts failed")]);
  });
});
