import { expect, test } from "@jest/globals";
import { parseDuration, writeDuration } from "../../../src/edge/config/duration.ts";

test.each([
  ["0s", 0],
  ["500ms", 500],
  ["90s", 90_000],
  ["5m", 300_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["1h30m", 5_400_000],
])("%s is %d ms", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(["", "5", "m", "-5m", "1.5h", "5 m", "5M", "1w", "5m!", "1e3s", "1234567890s"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, "0s"],
  [500, "500ms"],
  [90_000, "90s"],
  [150_000, "150s"],
  [600_000, "10m"],
  [86_400_000, "1d"],
])("%d ms is written %s, exactly", (length, text) => {
  expect(writeDuration(length)).toBe(text);
  expect(parseDuration(text)).toBe(length);
});
