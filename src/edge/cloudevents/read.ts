/** Longest text that is looked at with a regular expression: more than the API server's own limit for a message. */
const maxText = 4096;

const dnsName = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

/** A member of an untrusted object. Own members only: `__proto__` and `constructor` find nothing. */
function memberAt(container: unknown, key: string): unknown {
  if (typeof container !== "object" || container === null || !Object.hasOwn(container, key)) return undefined;
  return (container as Readonly<Record<string, unknown>>)[key];
}

/** Text at `key`, cut to a length that is safe to search; undefined when there is none. */
export function textAt(container: unknown, key: string): string | undefined {
  const value = memberAt(container, key);
  return typeof value === "string" ? value.slice(0, maxText) : undefined;
}

/** The object at `key` (no array), or undefined. */
export function objectAt(container: unknown, key: string): object | undefined {
  const value = memberAt(container, key);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

/** The list at `key`, or an empty one. */
export function listAt(container: unknown, key: string): readonly unknown[] {
  const value = memberAt(container, key);
  return Array.isArray(value) ? value : [];
}

/** The text itself when it is a Kubernetes object name (DNS-1123 subdomain, at most 253), else undefined. */
export const kubeName = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= 253 && dnsName.test(text) ? text : undefined;

/** The text itself when it is a namespace's name (at most 63, no dots), else undefined. */
export const namespaceName = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= 63 && !text.includes(".") ? kubeName(text) : undefined;
