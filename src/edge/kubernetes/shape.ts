/** A document in the store says something that it cannot say. The message names the field. */
export class Nonsense extends Error {
  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
    this.name = "Nonsense";
  }
}

/** How one part of a document is written as JSON and read again. Reading checks everything: people edit these objects. */
export interface Shape<T> {
  readonly encode: (value: T) => unknown;
  /** Throws {@link Nonsense}. */
  readonly decode: (raw: unknown, path: string) => T;
  /** The same as OpenAPI, as far as types go: the CRD is compared with it. */
  readonly schema: Schema;
}

export interface Schema {
  readonly type: "string" | "boolean" | "integer" | "array" | "object";
  readonly format?: "date-time";
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Maybe<T> {
  readonly optional: Shape<T>;
}

/** One field per property: `maybe` for exactly those that may be absent. */
export type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Maybe<Exclude<T[K], undefined>> : Shape<T[K]>;
};

export const maybe = <T>(optional: Shape<T>): Maybe<T> => ({ optional });

function plain<T>(schema: Schema, is: (raw: unknown) => raw is T): Shape<T> {
  return {
    schema,
    encode: (value) => value,
    decode(raw, path) {
      if (!is(raw)) throw new Nonsense(path, `a ${schema.type}`);
      return raw;
    },
  };
}

export const text = plain({ type: "string" }, (raw): raw is string => typeof raw === "string");
export const flag = plain({ type: "boolean" }, (raw): raw is boolean => typeof raw === "boolean");
export const count = plain({ type: "integer" }, (raw): raw is number => Number.isInteger(raw));

/** Milliseconds in the document, RFC 3339 with milliseconds in JSON: people read these objects. */
export const instant: Shape<number> = {
  schema: { type: "string", format: "date-time" },
  encode: (value) => new Date(value).toISOString(),
  decode(raw, path) {
    const at = typeof raw === "string" && /^\d{4}-\d\d-\d\dT/.test(raw) ? Date.parse(raw) : Number.NaN;
    if (Number.isNaN(at)) throw new Nonsense(path, "an RFC 3339 date and time");
    return at;
  },
};

/** Named as keys, so that the compiler misses a value that is left out. */
export function oneOf<T extends string>(values: Readonly<Record<T, true>>): Shape<T> {
  const known = Object.keys(values) as T[];
  return {
    schema: { type: "string", enum: known },
    encode: (value) => value,
    decode(raw, path) {
      const found = known.find((value) => value === raw);
      if (found === undefined) throw new Nonsense(path, `one of ${known.join(", ")}`);
      return found;
    },
  };
}

export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return {
    schema: { type: "array", items: item.schema },
    encode: (values) => values.map((value) => item.encode(value)),
    decode(raw, path) {
      if (!Array.isArray(raw)) throw new Nonsense(path, "a list");
      return raw.map((value: unknown, i) => item.decode(value, `${path}[${i}]`));
    },
  };
}

type AnyField = Shape<unknown> | Maybe<unknown>;

/** Properties that the shape does not name are left out both ways. */
export function record<T>(fields: Fields<T>): Shape<T> {
  const entries = Object.entries(fields as unknown as Readonly<Record<string, AnyField>>).map(([name, field]) =>
    "optional" in field ? { name, shape: field.optional, required: false } : { name, shape: field, required: true },
  );
  const property = ({ name, shape, required }: (typeof entries)[number], value: unknown, convert: Convert) =>
    !required && value === undefined ? [] : [[name, convert(shape, value, name)] as const];
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(entries.map(({ name, shape }) => [name, shape.schema])),
      required: entries.filter(({ required }) => required).map(({ name }) => name),
    },
    encode(value) {
      const values = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        entries.flatMap((entry) => property(entry, values[entry.name], (shape, part) => shape.encode(part))),
      );
    },
    decode(raw, path) {
      if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw new Nonsense(path, "an object");
      const values = raw as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        entries.flatMap((entry) =>
          property(entry, values[entry.name], (shape, part, name) => shape.decode(part, `${path}.${name}`)),
        ),
      ) as T;
    },
  };
}

type Convert = (shape: Shape<unknown>, value: unknown, name: string) => unknown;
