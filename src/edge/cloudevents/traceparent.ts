const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The first valid W3C traceparent: the CloudEvents extension carries the starting trace, the HTTP header only the last hop's.
 * Source: CloudEvents distributed tracing extension.
 */
export function firstTraceparent(extension: string | undefined, header: unknown): string | undefined {
  if (extension !== undefined && shape.test(extension)) return extension;
  return typeof header === "string" && shape.test(header) ? header : undefined;
}
