import { describe, expect, test } from "@jest/globals";
import { Ajv, type AnySchemaObject } from "ajv";
import { load } from "js-yaml";
import { valuesOf, withTable } from "../../scripts/render/table.mjs";
import { defaultPolicy } from "../../src/core/policy.ts";
import { parseDuration } from "../../src/edge/config/duration.ts";
import { policyNumbers } from "../../src/edge/config/policy.ts";
import { variables } from "../../src/edge/config/variables.ts";
import { type Loose, read } from "./tools/objects.ts";

const chart = "infra/helm/keda-medic";
const schema = JSON.parse(read(`${chart}/values.schema.json`)) as Loose;
const values = load(read(`${chart}/values.yaml`)) as Loose;
const leaves: readonly (readonly [string, Loose])[] = valuesOf(schema);
const policy = schema.properties.policy.properties as Readonly<Record<string, Loose>>;

const at = (object: Loose, path: string): unknown => path.split(".").reduce((part, key) => part?.[key], object);

/** Every object of the schema that has named properties. */
function* closable(part: Loose, path = ""): Generator<readonly [string, Loose]> {
  if (part.properties !== undefined) yield [path, part];
  for (const [key, inner] of Object.entries<Loose>(part.properties ?? {})) yield* closable(inner, `${path}.${key}`);
  if (part.items !== undefined) yield* closable(part.items, `${path}[]`);
}

describe("values.schema.json", () => {
  test("takes the chart's own values, and no key that it does not know", () => {
    const valid = new Ajv({ strict: false }).compile(schema as AnySchemaObject);
    expect([valid(values), valid.errors]).toEqual([true, null]);
    expect(valid({ ...values, moed: "act" })).toBe(false);
  });

  test("closes every object, so that a slip of the pen is refused at any depth", () => {
    // What Kubernetes itself defines is checked by the API server.
    const open = [...closable(schema)].filter(([, part]) => part.additionalProperties !== false).map(([path]) => path);
    expect(open).toEqual([]);
  });

  test("says in a sentence what each value is", () => {
    const mute = leaves.filter(([, part]) => !/[.)]$/.test(part.description ?? "")).map(([path]) => path);
    expect(mute).toEqual([]);
  });

  test("gives the default that values.yaml has", () => {
    const differing = leaves
      .filter(([path, part]) => !path.startsWith("policy.") && part.default !== undefined)
      .filter(([path, part]) => JSON.stringify(at(values, path)) !== JSON.stringify(part.default))
      .map(([path]) => path);
    expect(differing).toEqual([]);
  });

  test("knows every value of values.yaml and no other", () => {
    const inFile = (part: Loose, path: string): string[] =>
      Object.entries<Loose>(part).flatMap(([key, value]) => {
        const name = path === "" ? key : `${path}.${key}`;
        const known = leaves.find(([leaf]) => leaf === name);
        return known !== undefined || typeof value !== "object" ? [name] : inFile(value, name);
      });
    const declared = leaves.map(([path]) => path).filter((path) => !/^(global$|policy\.)/.test(path));
    // Resources are open below: requests and limits are given as objects.
    const short = (path: string): string => path.replace(/\.resources\..*/, ".resources");
    const unique = (paths: readonly string[]): string[] => [...new Set(paths.map(short))].sort();
    expect(unique(inFile({ ...values, policy: undefined }, "").filter((path) => path !== "policy"))).toEqual(
      unique(declared),
    );
  });
});

describe("the policy in the chart", () => {
  const variableOf = (key: string): string =>
    `KEDA_MEDIC_${key
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
      .toUpperCase()}`;

  test("has every number and switch of the program's policy", () => {
    const switches = ["restartOnLatent", "restartOnStuckConnection", "endStalePodsEarly", "maintenanceWindow"];
    expect(Object.keys(policy).sort()).toEqual([...switches, ...Object.keys(policyNumbers)].sort());
  });

  test.each(Object.keys(policy))("%s sets a variable that exists", (key) => {
    expect(Object.keys(variables)).toContain(variableOf(key));
  });

  test.each(Object.entries(policy))("%s has the program's default", (key, part) => {
    const inProgram = defaultPolicy[key as keyof typeof defaultPolicy];
    const inChart = part.type === "string" && part.default !== undefined ? parseDuration(part.default) : part.default;
    expect(inChart).toEqual(inProgram);
  });
});

describe("generated files of the chart", () => {
  test("README.md has the values as the schema has them (npm run render)", () => {
    const readme = read(`${chart}/README.md`);
    expect(readme).toBe(withTable(readme, schema));
    expect(leaves.length).toBeGreaterThan(80);
  });

  test("crds/crd.yaml is infra/kubernetes/crd.yaml (npm run render)", () => {
    expect(read(`${chart}/crds/crd.yaml`)).toBe(read("infra/kubernetes/crd.yaml"));
  });

  test("the chart's versions are the package's", () => {
    const { version } = JSON.parse(read("package.json")) as { version: string };
    expect(load(read(`${chart}/Chart.yaml`))).toMatchObject({ version, appVersion: version });
  });
});
