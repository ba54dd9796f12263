import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { reasons } from "../../src/core/reasons.ts";
import { blockIn, blocks } from "./document.ts";
import { eventSchemas, listings, read, root } from "./listings.ts";

const golden = (name: string): readonly string[] =>
  readFileSync(`${root}test/contracts/golden/${name}.txt`, "utf8").split("\n").filter(Boolean);

describe("what others rely on", () => {
  test("every contract has a golden file, and every golden file a contract", () => {
    const files = readdirSync(`${root}test/contracts/golden`).map((file) => file.replace(/\.txt$/, ""));
    expect(files.sort()).toEqual(Object.keys(listings).sort());
  });

  test.each(Object.keys(listings))("%s: nothing is removed, renamed or changed (CONTRACTS.md has the rule)", (name) => {
    const now = new Set(listings[name]?.());
    expect(golden(name).filter((line) => !now.has(line))).toEqual([]);
  });

  test.each(Object.keys(listings))("%s: what is new is written down (node test/contracts/update.ts)", (name) => {
    const known = new Set(golden(name));
    expect((listings[name]?.() ?? []).filter((line) => !known.has(line))).toEqual([]);
  });

  test.each(Object.keys(blocks))("CONTRACTS.md tells %s as the code has it (node test/contracts/update.ts)", (name) => {
    expect(blockIn(read("CONTRACTS.md"), name)).toBe(blocks[name]?.());
  });
});

describe("events", () => {
  /** Types that are written down where we emit; the tick is only taken. */
  const emitted = (): readonly string[] => {
    const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" })
      .filter((file) => /^(core|flow)\/.*\.ts$/.test(file))
      .map((file) => read(`src/${file}`).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""));
    const written = [...sources.join("\n").matchAll(/"(dev\.kedamedic\.[a-z]+\.[a-zA-Z-]+\.v1)"/g)];
    return [...new Set(written.map(([, type]) => type ?? ""))].sort();
  };

  test("every type that we emit has a schema, and every schema a type", () => {
    expect(eventSchemas().map(({ type }) => type)).toEqual(emitted());
  });

  test.each(eventSchemas())("examples of $type use reason codes that exist", ({ schema }) => {
    const { examples = [] } = schema as {
      examples?: readonly { diagnosis?: { code: string }; decision?: { code: string } }[];
    };
    const codes = examples.flatMap(({ diagnosis, decision }) => [diagnosis?.code, decision?.code]);
    for (const code of codes.filter((c) => c !== undefined)) expect(Object.keys(reasons)).toContain(code);
  });
});
