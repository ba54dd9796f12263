import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { optionsOf } from "../../src/cli/args.ts";
import { exit, exitOf } from "../../src/cli/exit.ts";
import { roles } from "../../src/compose.ts";
import { annotations, fieldManager } from "../../src/core/annotations.ts";
import { modes } from "../../src/core/policy.ts";
import { reasons } from "../../src/core/reasons.ts";
import { telemetry } from "../../src/core/telemetry.ts";
import { refusals } from "../../src/edge/cloudevents/refusal.ts";
import { variables } from "../../src/edge/config/variables.ts";

/** What others may rely on, as flat lines: a line that disappears or changes is a broken promise. */
export type Listing = readonly string[];

type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asObject = (value: unknown): Json => (isObject(value) ? value : {});
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

/** `a.b[].c: string, required`: every property that a JSON Schema names, also behind its own $defs. */
export function propertiesOf(schema: unknown, path = "", whole = schema): Listing {
  const here = asObject(schema);
  const local = typeof here["$ref"] === "string" && here["$ref"].startsWith("#/") ? here["$ref"] : undefined;
  if (local !== undefined) return propertiesOf(resolve(whole, local), path, whole);
  const required = asList(here["required"]);
  const own = Object.entries(asObject(here["properties"])).flatMap(([name, property]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const told = `${at}: ${shapeOf(property, whole)}${required.includes(name) ? ", required" : ""}`;
    return [told, ...propertiesOf(property, at, whole)];
  });
  return [...own, ...(here["items"] === undefined ? [] : propertiesOf(here["items"], `${path}[]`, whole))];
}

const resolve = (whole: unknown, ref: string): unknown =>
  ref
    .slice(2)
    .split("/")
    .reduce((at: unknown, key) => asObject(at)[key], whole);

function shapeOf(property: unknown, whole: unknown): string {
  const { type, enum: values, $ref: ref } = asObject(property);
  if (Array.isArray(values)) return values.join(" | ");
  if (typeof ref === "string") return ref.startsWith("#/") ? shapeOf(resolve(whole, ref), whole) : ref;
  return typeof type === "string" ? type : "any";
}

export interface EventSchema {
  readonly type: string;
  readonly schema: Json;
}

/** The events that we emit, by their schemas. */
export const eventSchemas = (): readonly EventSchema[] =>
  readdirSync(`${root}schemas`)
    .filter((file) => /^dev\.kedamedic\.[a-z]+\.[a-zA-Z-]+\.v\d+\.json$/.test(file))
    .sort()
    .map((file) => ({
      type: file.replace(/\.json$/, ""),
      schema: JSON.parse(read(`schemas/${file}`)) as Json,
    }));

/** All schemas of events, also those that others only refer to. */
const schemaFiles = (): readonly string[] =>
  readdirSync(`${root}schemas`)
    .filter((file) => file.startsWith("dev.kedamedic."))
    .sort();

export interface Crd {
  readonly name: string;
  readonly lines: Listing;
}

export const crds = (): readonly Crd[] =>
  loadAll(read("infra/kubernetes/crd.yaml")).map((document) => {
    const { metadata, spec } = asObject(document);
    const { group, scope, names, versions } = asObject(spec);
    const name = String(asObject(metadata)["name"]);
    const of = asList(versions).flatMap((version) => versionLines(asObject(version)));
    const { kind, plural, shortNames, categories } = asObject(names);
    const head = [group, scope, kind, plural, ...asList(shortNames), ...asList(categories)].join(" ");
    return { name, lines: [`${name}: ${head}`, ...of.map((line) => `${name} ${line}`)] };
  });

function versionLines(version: Json): Listing {
  const { name, served, storage, additionalPrinterColumns, schema } = version;
  const columns = asList(additionalPrinterColumns).map((column) => {
    const { name: title, jsonPath } = asObject(column);
    return `${name} column ${title}: ${jsonPath}`;
  });
  const properties = propertiesOf(asObject(schema)["openAPIV3Schema"]).map((line) => `${name} ${line}`);
  return [`${name}: served ${served}, storage ${storage}`, ...columns, ...properties];
}

const leaves = (tree: unknown, path: string): Listing =>
  isObject(tree)
    ? Object.entries(tree).flatMap(([key, value]) => leaves(value, path === "" ? key : `${path}.${key}`))
    : [`${path}: ${String(tree)}`];

/** Each contract by the name of its golden file. */
export const listings: Readonly<Record<string, () => Listing>> = {
  reasons: () => Object.entries(reasons).map(([code, { disposition }]) => `${code}: ${disposition}`),
  "exit-codes": () => [...leaves(exit, ""), ...leaves(exitOf, "diagnosis")],
  "command-line": () =>
    Object.entries(optionsOf).flatMap(([command, kinds]) => [
      command,
      ...Object.entries(kinds).map(([option, kind]) => `${command} --${option}: ${kind}`),
    ]),
  refusals: () => Object.values(refusals).map(({ code, status }) => `${code}: ${status}`),
  choices: () => [...roles.map((role) => `role ${role}`), ...modes.map((mode) => `mode ${mode}`)],
  diagnosis: () => propertiesOf(JSON.parse(read("schemas/diagnosis.schema.json"))),
  events: () =>
    schemaFiles().flatMap((file) => {
      const schema = JSON.parse(read(`schemas/${file}`)) as Json;
      const required = asList(schema["required"]).map((name) => `${file} requires ${String(name)}`);
      return [file, ...required, ...propertiesOf(schema).map((line) => `${file} ${line}`)];
    }),
  "custom-resources": () => crds().flatMap(({ lines }) => lines),
  annotations: () => [...leaves(annotations, ""), `fieldManager: ${fieldManager}`],
  telemetry: () => leaves(telemetry, ""),
  configuration: () => Object.keys(variables),
};
