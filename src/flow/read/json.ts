/** Reading untyped JSON of the API server without trusting it: anything that is not as expected is undefined. */
export type Json = Readonly<Record<string, unknown>>;

export const asObject = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const asString = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const asNumber = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

/** Follows a path of keys: `at(pod, "status", "podIP")`. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((node: unknown, key) => asObject(node)[key], value);

/** RFC 3339 as epoch milliseconds; undefined when it is none. */
export function asInstant(value: unknown): number | undefined {
  const text = asString(value);
  if (text === undefined) return undefined;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}
