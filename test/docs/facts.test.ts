import { expect, test } from "@jest/globals";
import { formatDuration, minutes, seconds } from "../../src/core/instant.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import { read } from "./fences.ts";

const pages = ["events", "keda", "kubernetes", "pki"].map((name) => `docs/facts/${name}.md`);
const units = { min: minutes, s: seconds } as const;

/** `policy.name` in a page, with the number behind it where there is one. */
const told = pages.flatMap((page) =>
  [...read(page).matchAll(/`policy\.(\w+)`(?: (\d+) (min|s)\b)?/g)].map(([, name = "", number, unit]) => ({
    page,
    name,
    value: number === undefined ? undefined : units[unit as keyof typeof units](Number(number)),
  })),
);

test("the facts speak of numbers of the policy", () => {
  expect(told.filter(({ value }) => value !== undefined).length).toBeGreaterThanOrEqual(5);
});

test.each(told)("$page: policy.$name is as the code has it", ({ name, value }) => {
  const actual: unknown = Object.entries(defaultPolicy).find(([known]) => known === name)?.[1];
  expect(actual).toBeDefined();
  if (value !== undefined) expect(formatDuration(actual as number)).toBe(formatDuration(value));
});

test.each(pages)("%s: every row has a fact and a source", (page) => {
  const rows = read(page)
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const cells = row.split(" | ").map((cell) => cell.replaceAll("|", "").trim());
    expect([row, cells.length, cells.every((cell) => cell !== "")]).toEqual([row, 3, true]);
  }
});
