import { messageOf, nameOf } from "../../core/thrown.ts";

/** An answer that AWS says no in: `code` as AWS names it, `why` for a person: what to do about it. */
export type Delivered =
  | { readonly taken: true }
  | { readonly taken: false; readonly code: string; readonly why: string };

/**
 * How every client of the SDK is set up. A function that was frozen finds its connections dead: the second attempt gets a
 * new one.
 */
export const clientSettings = (region: string) => ({
  region,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});

/** What the SDK threw, by AWS's name for it; the beginning of its message where it has no name of its own. */
export function failureCode(error: unknown): string {
  const name = nameOf(error) ?? "Unknown";
  return name === "Error" ? messageOf(error).slice(0, 100) : name;
}
