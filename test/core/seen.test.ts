import { expect, test } from "@jest/globals";
import { mapSeen, sawAt, seenValue, unseen } from "../../src/core/seen.ts";
import { NOW } from "../builders/time.ts";

const miss = unseen("Forbidden", "get on secrets is forbidden");

test("what was seen is a value and when it was read, what was not is a reason", () => {
  expect(sawAt(7, NOW)).toStrictEqual({ seen: true, value: 7, at: NOW });
  expect(miss).toStrictEqual({ seen: false, reason: "Forbidden", detail: "get on secrets is forbidden" });
});

test("only what was seen has a value", () => {
  expect([seenValue(sawAt(0, NOW)), seenValue(miss), seenValue(undefined)]).toEqual([0, undefined, undefined]);
});

test("a value is mapped and keeps its time; a reason stays the same object", () => {
  expect(mapSeen(sawAt(7, NOW), String)).toStrictEqual({ seen: true, value: "7", at: NOW });
  expect(mapSeen(miss, String)).toBe(miss);
});
