import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Readers must tolerate what they do not know; we must not print what the schema does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in schema ? { ...inner, additionalProperties: false } : inner;
}

const path = fileURLToPath(new URL("../../schemas/diagnosis.schema.json", import.meta.url));
export const diagnosisSchema = JSON.parse(readFileSync(path, "utf8")) as Json;

const ajv = new Ajv2020({ allErrors: true });
const asPublished = ajv.compile(diagnosisSchema);
const nothingMore = new Ajv2020({ allErrors: true }).compile(closed(diagnosisSchema) as Json);
const decisionOf = ajv.compile({ $ref: "diagnosis.schema.json#/$defs/decision" });

/** What the published schema says against a diagnosis; empty when it fits and names all of it. */
export function problemsOf(diagnosis: unknown): readonly string[] {
  const validators = [asPublished, nothingMore];
  return validators.flatMap((validate) =>
    validate(diagnosis) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`),
  );
}

export const decisionProblems = (decision: unknown): readonly string[] =>
  decisionOf(decision) ? [] : (decisionOf.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
