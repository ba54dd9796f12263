import { describe, expect, test } from "@jest/globals";
import { codeOf, messageOf, nameOf } from "../../src/core/thrown.ts";

const error = Object.assign(new TypeError("it broke"), { code: "ENOENT" });

describe("anything may be thrown", () => {
  test.each<[string, unknown, readonly (string | undefined)[]]>([
    ["an error", error, ["it broke", "TypeError", "ENOENT"]],
    ["an object of another realm", { message: "m", name: "n", code: "c" }, ["m", "n", "c"]],
    ["words that are no string", { message: 7, name: 8, code: 9 }, ["7", "8", undefined]],
    ["an object that says nothing", {}, ["[object Object]", undefined, undefined]],
    ["a string", "it broke", ["it broke", undefined, undefined]],
    ["null", null, ["null", undefined, undefined]],
    ["undefined", undefined, ["undefined", undefined, undefined]],
    [
      "a function, which has a name",
      Object.assign(() => 7, { message: "m", code: "c" }),
      ["() => 7", undefined, undefined],
    ],
  ])("%s has what it has of message, name and code", (_, thrown, told) => {
    expect([messageOf(thrown), nameOf(thrown), codeOf(thrown)]).toEqual(told);
  });
});
