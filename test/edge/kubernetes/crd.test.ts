import { describe, expect, test } from "@jest/globals";
import {
  type DocumentKind,
  incidents,
  installations,
  storeGroup,
  storeVersion,
} from "../../../src/edge/kubernetes/documents.ts";
import { incidentSpec, incidentStatus } from "../../../src/edge/kubernetes/incidentShape.ts";
import { installationSpec, installationStatus } from "../../../src/edge/kubernetes/installationShape.ts";
import type { Schema } from "../../../src/edge/kubernetes/shape.ts";
import { objects, read } from "../../infra/tools/objects.ts";

interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: Readonly<Record<string, unknown>>;
    readonly versions: readonly {
      readonly name: string;
      readonly subresources?: unknown;
      readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
      readonly schema: { readonly openAPIV3Schema: OpenApi };
    }[];
  };
}

interface OpenApi extends Omit<Schema, "properties" | "items"> {
  readonly description?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly items?: OpenApi;
}

const text = read("infra/kubernetes/crd.yaml");
const crds = objects(text) as unknown as readonly Crd[];

/** The part of an OpenAPI schema that the shape knows, too. */
function typesOf({ type, format, enum: values, items, properties, required }: OpenApi): Schema {
  return {
    type,
    ...(format === "date-time" ? { format } : {}),
    ...(values === undefined ? {} : { enum: values }),
    ...(items === undefined ? {} : { items: typesOf(items) }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, typesOf) }),
    ...(type === "object" ? { required: required ?? [] } : {}),
  };
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

function walk(path: string, schema: OpenApi): [string, OpenApi][] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, part]) => walk(`${path}.${name}`, part));
  return [[path, schema], ...inside, ...(schema.items ? walk(`${path}[0]`, schema.items) : [])];
}

const isFreeText = ({ type, format, enum: values }: OpenApi): boolean =>
  type === "string" && format === undefined && values === undefined;
const isList = ({ type }: OpenApi): boolean => type === "array";

const cases: [DocumentKind<never>, Schema, Schema][] = [
  [incidents as DocumentKind<never>, incidentSpec.schema, incidentStatus.schema],
  [installations as DocumentKind<never>, installationSpec.schema, installationStatus.schema],
];

describe.each(cases)("CRD of $kind", (kind, spec, status) => {
  const crd = crds.find(({ metadata }) => metadata.name === `${kind.resource}.${storeGroup}`);
  const version = crd?.spec.versions[0];
  const schema = version?.schema.openAPIV3Schema as OpenApi;

  test("serves what the store asks for, with a status subresource and a spec that never changes", () => {
    expect(crd?.spec).toMatchObject({
      group: storeGroup,
      scope: "Namespaced",
      names: { kind: kind.kind, plural: kind.resource },
      versions: [{ name: storeVersion, served: true, storage: true }],
    });
    expect(version?.subresources).toEqual({ status: {} });
    expect(schema.required).toEqual(["spec"]);
    expect(schema.properties?.["spec"]).toMatchObject({ "x-kubernetes-validations": [{ rule: "self == oldSelf" }] });
  });

  test("has the same fields, types and required fields as the document", () => {
    const { spec: specPart, status: statusPart } = schema.properties ?? {};
    const { stale: _, decided: _kind, conditions: _shown, ...documented } = statusPart?.properties ?? {};
    expect(typesOf(specPart as OpenApi)).toEqual(spec);
    expect(typesOf({ ...(statusPart as OpenApi), properties: documented })).toEqual(status);
  });

  test("describes every field and bounds every text and list", () => {
    const fields = walk("", schema);
    const undescribed = fields.filter(
      ([path, { description }]) => !path.endsWith("[0]") && !description?.endsWith("."),
    );
    expect(undescribed).toEqual([]);
    const unbounded = fields.filter(([, field]) =>
      isFreeText(field) ? !field.maxLength : isList(field) && !field.maxItems,
    );
    expect(unbounded).toEqual([]);
  });

  test("prints columns that exist", () => {
    const paths = walk("", schema).map(([path]) => path);
    for (const { jsonPath } of version?.additionalPrinterColumns ?? []) expect(paths).toContain(jsonPath);
  });
});

test("kubectl get incidents shows age, phase, cause, decision, stale sides and recovery", () => {
  const columns = crds[0]?.spec.versions[0]?.additionalPrinterColumns.map(({ name }) => name.toUpperCase()) ?? [];
  expect(columns.slice(0, 6)).toEqual(["AGE", "PHASE", "CAUSE", "DECISION", "STALE", "RECOVERED"]);
});

test("no field is left unchecked", () => {
  expect(text).not.toContain("x-kubernetes-preserve-unknown-fields");
  expect(crds).toHaveLength(2);
});
