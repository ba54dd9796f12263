import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { Figures } from "../bench/lambda/figures.ts";
import { root } from "../build/build.ts";
import { parameters } from "./parameters.ts";

const text = readFileSync(join(root, "infra/aws/README.md"), "utf8");
const { generated } = (await import(join(root, "infra/aws/documents.js"))) as { generated(text: string): string };
const { monthly, prices } = (await import(join(root, "infra/aws/cost.js"))) as {
  monthly(eventsPerHour: number): Readonly<Record<string, number>>;
  readonly prices: Readonly<Record<string, number>>;
};

const figures = JSON.parse(readFileSync(join(root, "infra/aws/figures.json"), "utf8")) as Figures;

describe("infra/aws/README.md", () => {
  test("its tables are those that `node infra/aws/documents.js` makes", () => {
    expect(generated(text)).toBe(text);
    for (const name of Object.keys(parameters)) expect(text).toContain(`| \`${name}\` |`);
  });

  test.each(["<!-- costs -->", "<!-- /costs -->", "<!-- parameters -->", "<!-- /starts -->"])(
    "is not written without its mark %s, nor with two of them",
    (mark) => {
      const words = /^the document must hold <!-- (costs|parameters|starts) --> and then <!-- \/\1 -->, once each/;
      expect(() => generated(text.replace(mark, ""))).toThrow(words);
      expect(() => generated(`${text}${mark}`)).toThrow(words);
    },
  );

  test("deploys in five commands", () => {
    const [, block = ""] = /## Deploy in five commands[\s\S]*?```sh\n([\s\S]*?)```/.exec(text) ?? [];
    expect(block.trim().split("\n")).toHaveLength(5);
  });
});

describe("cold starts", () => {
  const at = figures.at.map(({ memory, ratio }) => ({
    memory,
    worst: Math.max(...Object.values(ratio).map(({ median }) => median)),
  }));

  test("were measured at every size, within CPU shares", () => {
    expect(at.map(({ memory }) => memory)).toEqual([256, 512, 1024, 1769]);
    expect(figures.limited).toBe(true);
  });

  test.each(at)("at $memory MB init is at most 1.5 of a handler that imports only the same AWS client", ({ worst }) => {
    expect(worst).toBeLessThanOrEqual(1.5);
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
