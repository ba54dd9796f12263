import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { families } from "../../src/core/checks/all.ts";
import { guards } from "../../src/core/guards.ts";
import { reasons } from "../../src/core/reasons.ts";
import { ways } from "./ways.ts";

describe("every reason code of the product", () => {
  test.each(Object.keys(reasons))("%s can be reached", (code) => {
    const way = ways.get(code);
    if (way === undefined) throw new Error(`Nobody shows how ${code} is reached: add a way to test/core/ways.ts.`);
    expect(way()).toBe(code);
  });

  test.each(Object.entries(reasons))("%s explains itself in full sentences", (_, reason) => {
    for (const text of [reason.symptom, reason.proof, reason.cure, reason.whatWeDo])
      expect(text).toMatch(/^\S.*[.)]$/s);
  });
});

test("no way leads to a code that is not listed", () => {
  expect([...ways.keys()].filter((code) => reasons[code] === undefined)).toEqual([]);
});

const root = fileURLToPath(new URL("../../src/core/", import.meta.url));
const judging = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (file) => /^(checks\/\w+|decide|guards|verification|diagnose)\.ts$/.test(file) && !file.endsWith("all.ts"),
);

/** Words in CamelCase that are no reason codes: check and guard names, failures of verification, reasons of a miss. */
const others = new Set([
  ...families.flatMap((family) => family.checks.map((check) => check.name)),
  ...guards.map((guard) => guard.name),
  ...[
    "CrashLoopBackOff",
    "NotFound",
    "NotAsked",
    "NotYetValid",
    "HostnameMismatch",
    "IncompatibleUsage",
    "KedaNotInstalled",
  ],
  ...["OOMKilled", "ActiveDeadline"],
]);

test("no code is written down in a check, a guard or a decision that is not listed", () => {
  expect(judging.length).toBeGreaterThan(12);
  const unlisted = judging.flatMap((file) =>
    [...readFileSync(root + file, "utf8").matchAll(/"([A-Z][a-z]+(?:[A-Z][a-zA-Z]*)+)"/g)]
      .map(([, word = ""]) => word)
      .filter((word) => reasons[word] === undefined && !others.has(word))
      .map((word) => `${file}: ${word}`),
  );
  expect(unlisted).toEqual([]);
});
