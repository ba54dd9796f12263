import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Compared, compare, pageOf, stories, withTables } from "./page.ts";
import { type Hosts, startHosts } from "./verdicts.ts";

let hosts: Hosts;
let compared: readonly Compared[];
beforeAll(async () => {
  hosts = await startHosts();
  compared = await compare(hosts);
}, 120_000);
afterAll(() => hosts.close());

const ways = ["Lambda, function URL", "Lambda, SQS", "Lambda, EventBridge"];

describe.each(stories.map(({ name }) => name))("%s", (story) => {
  const told = (host: string) => {
    const found = compared.find((c) => c.story === story)?.told.find((t) => t.host === host)?.told;
    if (found === undefined) throw new Error(`${host} was not told ${story}`);
    return found;
  };

  test("is a story that decides something", () => {
    const { steps, restarts, incidents } = told("Knative");
    expect(steps.flatMap(({ verdicts }) => verdicts).length).toBeGreaterThan(5);
    expect(restarts).toHaveLength(1);
    expect(incidents.length).toBeGreaterThan(0);
  });

  test.each(ways)("%s decides as Knative does, record by record", (way) => {
    expect(told(way).steps).toEqual(told("Knative").steps);
  });

  test.each(ways)("%s leaves the same incidents in its store and restarts the same", (way) => {
    expect(told(way).incidents).toEqual(told("Knative").incidents);
    expect(told(way).restarts).toEqual(told("Knative").restarts);
  });
});

test("the README's tables are what the hosts decided, and a README without their place is an error", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  expect(withTables(readme, compared)).toBe(readme);
  expect(() => withTables("no markers", compared)).toThrow("<!-- hosts -->");
});

test("docs/hosts.md is what the hosts decided: node test/edge/lambda/update.ts", () => {
  expect(readFileSync(new URL("../../../docs/hosts.md", import.meta.url), "utf8")).toBe(pageOf(compared));
});
