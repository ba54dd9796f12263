/**
 * How every client of the SDK is set up. A function that was frozen finds its connections dead: the second attempt gets a
 * new one.
 */
export const clientSettings = (region: string) => ({
  region,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});
