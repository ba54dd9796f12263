import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { days, formatDuration, formatInstant, hours, minutes, seconds } from "../../src/core/instant.ts";

describe("instants are told in RFC 3339, UTC, to the second", () => {
  test.each([
    "1970-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2000-02-29T12:00:00Z",
    "2026-11-23T17:03:02Z",
    "2028-02-29T00:00:00Z",
    "2100-03-01T00:00:00Z",
  ])("%s", (text) => {
    expect(formatInstant(Date.parse(text))).toBe(text);
    expect(formatInstant(Date.parse(text) + 999)).toBe(text);
  });

  test("every second of four centuries, as Date tells it", () => {
    const second = fc.integer({ min: Date.UTC(1970, 0, 1) / 1000, max: Date.UTC(2370, 0, 1) / 1000 });
    fc.assert(
      fc.property(second, (at) => formatInstant(at * 1000) === new Date(at * 1000).toISOString().replace(".000Z", "Z")),
      { numRuns: 500 },
    );
  });
});

test.each([
  [seconds(0), "0s"],
  [seconds(-5), "0s"],
  [seconds(63), "63s"],
  [seconds(119), "119s"],
  [minutes(2), "2m"],
  [minutes(65), "65m"],
  [hours(2), "2h 0m"],
  [hours(25) + minutes(30), "25h 30m"],
  [days(2) - seconds(1), "47h 59m"],
  [days(2), "2d"],
  [days(3), "3d"],
])("%i ms is told as %s", (length, text) => {
  expect(formatDuration(length)).toBe(text);
});

test("no duration is told as 60 minutes and an hour less", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: days(2) }), (length) => !formatDuration(length).includes(" 60m")),
    { numRuns: 2000 },
  );
});

test("a year has four digits", () => {
  expect(formatInstant(Date.UTC(999, 11, 31, 23, 59, 59))).toBe("0999-12-31T23:59:59Z");
});
