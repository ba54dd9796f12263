import { isSpanContextValid, type SpanContext } from "@opentelemetry/api";

/** W3C Trace Context, level 1. Undefined for anything that is none: a bad header must not cost a trace. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const parts = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text?.trim() ?? "");
  const [, version, traceId = "", spanId = "", flags = "", more] = parts ?? [];
  // Version 00 has exactly four parts; a later one may have more; ff is forbidden.
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
