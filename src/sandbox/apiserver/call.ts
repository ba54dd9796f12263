import type { User } from "./rbac.ts";
import type { RequestInfo } from "./requestInfo.ts";

/** One authenticated request, read completely. */
export interface Call {
  readonly info: RequestInfo;
  /** With its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly contentType: string;
  /** The request's `Accept`. */
  readonly accept?: string | undefined;
  /** The parsed body; undefined where there is none. */
  readonly body: unknown;
}

/** The name that the path ends in; "" for collections, which no handler of named objects is called with. */
export const nameIn = (call: Call): string => call.info.name ?? "";

/** A nested field of foreign JSON. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
}

export function textField(value: unknown, ...path: readonly string[]): string | undefined {
  const found = field(value, ...path);
  return typeof found === "string" ? found : undefined;
}
