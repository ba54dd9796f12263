import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { valuesOf } from "../../scripts/render/table.mjs";
import { defaultPolicy } from "../../src/core/policy.ts";
import { parseDuration } from "../../src/edge/config/duration.ts";
import { contradictions, policyNumbers } from "../../src/edge/config/policy.ts";
import { countBetween } from "../../src/edge/config/read.ts";
import { parseConfig } from "../../src/edge/config.ts";
import { type Loose, read } from "./tools/objects.ts";

const chart = "infra/helm/keda-medic";
const templates = read(`${chart}/templates/_durations.tpl`);
const table = (name: string): Loose =>
  load(templates.split(`define "keda-medic.${name}" -}}`)[1]?.split("{{-")[0] ?? "");
const durations = Object.entries(table("durations") as Readonly<Record<string, readonly [string, string]>>);

const leaves: readonly (readonly [string, Loose])[] = valuesOf(JSON.parse(read(`${chart}/values.schema.json`)));
const numbers = Object.entries(policyNumbers);
const variableOf = (path: string): string =>
  numbers.find(([name]) => path === `policy.${name}`)?.[1][0] ??
  `KEDA_MEDIC_${path.replace(/[A-Z]/g, "_$&").toUpperCase()}`;

/** Whether the program would end at its start for this value alone, whatever the others are. */
function refused(path: string, text: string): boolean {
  const parsed = parseConfig({ [variableOf(path)]: text });
  return !parsed.ok && parsed.problems.some(({ problem }) => problem.includes("set it to a duration"));
}

describe("bounds in the chart", () => {
  test("are there for every duration that can be set", () => {
    const inSchema = leaves.filter(([, { pattern = "" }]) => pattern.includes("(ms|s|m|h|d)")).map(([path]) => path);
    expect(durations.map(([path]) => path).sort()).toEqual([...inSchema].sort());
  });

  test.each(durations)("%s: the program takes both ends and nothing beyond", (path, [least, most]) => {
    expect([path, refused(path, least), refused(path, most)]).toEqual([path, false, false]);
    expect(refused(path, `${most}1ms`)).toBe(true);
    const below = (parseDuration(least) ?? 0) - 1;
    if (below >= 0) expect(refused(path, `${below}ms`)).toBe(true);
  });

  test.each(durations)("%s: the description says them", (path, [least, most]) => {
    const [, { description }] = leaves.find(([name]) => name === path) ?? ["", {}];
    expect(description).toContain(` From ${least} to ${most}.`);
  });

  test("of counts are the program's", () => {
    const counts = leaves.filter(([path, { type }]) => path.startsWith("policy.") && type === "integer");
    expect(counts.map(([path]) => path)).toEqual(["policy.restartsPerHour", "policy.stormGenerations"]);
    for (const [path, { minimum, maximum }] of counts) {
      const [, [, parse]] = numbers.find(([name]) => path === `policy.${name}`) ?? ["", ["", countBetween(0, 0)]];
      const taken = [minimum - 1, minimum, maximum, maximum + 1].map((count) => "value" in parse(String(count)));
      expect([path, ...taken]).toEqual([path, false, true, true, false]);
    }
  });

  test("waits that must be shorter than waitDeadline are the program's, with its defaults", () => {
    const waits = Object.entries(table("waits") as Readonly<Record<string, string>>);
    const allAlike = Object.fromEntries(numbers.map(([name]) => [name, defaultPolicy.waitDeadline]));
    const told = contradictions({ ...defaultPolicy, ...allAlike }).map(
      ({ problem }) => /KEDA_MEDIC_\w+/.exec(problem)?.[0],
    );
    const shorter = waits.map(([name]) => name).filter((name) => name !== "waitDeadline");
    expect(shorter.map((name) => variableOf(`policy.${name}`))).toEqual(told);
    for (const [name, text] of waits)
      expect([name, parseDuration(text)]).toEqual([name, defaultPolicy[name as keyof typeof defaultPolicy]]);
  });
});
