import { describe, expect, test } from "@jest/globals";
import { unseen } from "../../src/core/seen.ts";
import { hpaNames, nameSome, symptomsOf } from "../../src/core/symptoms.ts";
import { evidence } from "../builders/evidence.ts";
import { active, failing503, failing504, failingOther, failingScaler, hpa, idle } from "../builders/hpas.ts";

describe("what the HPAs show", () => {
  test("each failing one counts by its words, each working one as working, one scaled to zero not at all", () => {
    const hpas = [
      ...failing504(["a"]),
      ...failing503(["b"]),
      ...failingScaler(["c"]),
      ...failingOther(["d"]),
      ...active(["e"]),
      ...idle(["f"]),
      hpa("g", { scalingActive: "Unknown", failure: "Timeout" }),
    ];
    const { timeout, unavailable, scaler, other, working, ...rest } = symptomsOf(evidence({ hpas, complete: false }));
    expect([timeout, unavailable, scaler, other, working].map(hpaNames)).toEqual(
      ["a", "b", "c", "d", "e"].map((name) => [`shop/keda-hpa-${name}`]),
    );
    expect(rest).toStrictEqual({ seen: true, complete: false, counted: 6 });
  });

  test("a failure that was over before we looked is none", () => {
    expect(symptomsOf(evidence({ hpas: [hpa("a", { failure: "Timeout" })] })).timeout).toEqual([]);
    expect(symptomsOf(evidence({ hpas: [hpa("a", { scalingActive: "False" })] })).working).toEqual([]);
  });

  test("not to see them is not to see that there are none", () => {
    expect(symptomsOf(evidence({ hpas: unseen("Forbidden", "no right") }))).toStrictEqual({
      seen: false,
      complete: false,
      counted: 0,
      timeout: [],
      unavailable: [],
      scaler: [],
      other: [],
      working: [],
    });
    expect(symptomsOf(evidence({ hpas: [] }))).toMatchObject({ seen: true, complete: true, counted: 0 });
  });
});

test.each([
  [[], ""],
  [["a"], "a"],
  [["a", "b", "c"], "a, b, c"],
  [["a", "b", "c", "d"], "a, b, c and 1 more"],
  [["a", "b", "c", "d", "e"], "a, b, c and 2 more"],
])("of %j as many are named as one reads: %s", (names, words) => {
  expect(nameSome(names)).toBe(words);
});
