import { describe, expect, test } from "@jest/globals";
import { reasons } from "../../src/core/reasons.ts";
import { run } from "./captured.ts";

/** Words with all white space alike: lines may be broken anywhere. */
const flat = (text: string): string => text.split(/\s+/).join(" ");

describe("explain", () => {
  test.each(Object.entries(reasons))("knows %s", async (code, reason) => {
    const { code: ended, out, err } = await run(["explain", code]);
    expect([ended, err]).toEqual([0, ""]);
    expect(out.split("\n")[0]).toBe(`${code} (${reason.disposition})`);
    for (const text of [reason.symptom, reason.proof, reason.cure, reason.whatWeDo])
      expect(flat(out)).toContain(flat(text));
    expect(JSON.parse((await run(["explain", code, "--output", "json"])).out)).toEqual({ code, ...reason });
  });

  test("without a code it lists all of them", async () => {
    const { out } = await run(["explain"]);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ).toEqual(Object.keys(reasons));
    expect(JSON.parse((await run(["explain", "--output", "json"])).out)).toEqual(reasons);
  });

  test.each([
    ["nope", 'There is no reason code "nope". keda-medic explain lists all.'],
    ["healthy", 'There is no reason code "healthy"; did you mean Healthy? keda-medic explain lists all.'],
  ])("asks whether another code was meant only where one is like %s", async (code, said) => {
    expect(await run(["explain", code])).toEqual({ code: 2, out: "", err: `keda-medic: ${said}\n` });
  });
});
