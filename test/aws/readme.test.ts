import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { root } from "../build/build.ts";
import { parameters } from "./parameters.ts";

const text = readFileSync(join(root, "infra/aws/README.md"), "utf8");
const { generated } = (await import(join(root, "infra/aws/documents.js"))) as { generated(text: string): string };
const { monthly, prices } = (await import(join(root, "infra/aws/cost.js"))) as {
  monthly(eventsPerHour: number): Readonly<Record<string, number>>;
  readonly prices: Readonly<Record<string, number>>;
};

describe("infra/aws/README.md", () => {
  test("its tables are those that `node infra/aws/documents.js` makes", () => {
    expect(generated(text)).toBe(text);
    for (const name of Object.keys(parameters)) expect(text).toContain(`| \`${name}\` |`);
  });

  test("deploys in five commands", () => {
    const [, block = ""] = /## Deploy in five commands[\s\S]*?```sh\n([\s\S]*?)```/.exec(text) ?? [];
    expect(block.trim().split("\n")).toHaveLength(5);
  });
});

describe("what a month costs", () => {
  test("is counted by its formula", () => {
    const { eventBridge, alarms } = monthly(100);
    expect(eventBridge).toBeCloseTo(100 * 730 * 0.000001, 9);
    expect(alarms).toBeCloseTo(0.9, 9);
  });

  test("grows with events, and slower than they do where looks are bounded", () => {
    const [one, many] = [monthly(360), monthly(36_000)];
    for (const part of ["lambda", "eventBridge", "sqs", "dynamo", "logs"])
      expect(many[part]).toBeGreaterThan(one[part] ?? 0);
    expect(many["dynamo"]).toBeLessThan(100 * (one["dynamo"] ?? 0));
    expect(Object.values(prices).every((price) => price > 0)).toBe(true);
  });
});
