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
