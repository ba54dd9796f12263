import type { IncomingEvent } from "../../core/event.ts";
import { decodeBinary } from "./binary.ts";
import { hasCeHeaders } from "./ceHeaders.ts";
import { type Headers, headerOf, lowerCased } from "./headers.ts";
import { maxBodyBytes } from "./limits.ts";
import { bodyKindOf } from "./mediaType.ts";
import { decodePlain } from "./plain.ts";
import { isRefusal, type Refusal, refusals } from "./refusal.ts";
import { decodeBatch, decodeStructured } from "./structured.ts";

/** The events of one request, or why there are none. `binary` covers plain JSON too: one event, its data the body. */
export type Decoded =
  | { readonly ok: true; readonly events: readonly IncomingEvent[]; readonly mode: "binary" | "structured" | "batched" }
  | Refusal;

function decoded(
  events: readonly IncomingEvent[] | IncomingEvent | Refusal,
  mode: "binary" | "structured" | "batched",
): Decoded {
  if (Array.isArray(events)) return { ok: true, events, mode };
  const one = events as IncomingEvent | Refusal;
  return isRefusal(one) ? one : { ok: true, events: [one], mode };
}

function isCompressed(headers: Headers): boolean {
  const encoding = headerOf(headers, "content-encoding");
  return encoding !== undefined && encoding !== "" && encoding.toLowerCase() !== "identity";
}

function decodeLowerCased(headers: Headers, body: Buffer, rawHeaders: readonly string[] | undefined): Decoded {
  if (body.length > maxBodyBytes) return refusals.BodyTooLarge;
  if (isCompressed(headers)) return refusals.ContentEncoding;
  const kind = bodyKindOf(headerOf(headers, "content-type"));
  if (kind === "structured") return decoded(decodeStructured(body, headerOf(headers, "traceparent")), kind);
  if (kind === "batched") return decoded(decodeBatch(body, headerOf(headers, "traceparent")), kind);
  if (hasCeHeaders(headers)) return decoded(decodeBinary(headers, body, rawHeaders), "binary");
  return kind === "json"
    ? decoded(decodePlain(body, headerOf(headers, "traceparent")), "binary")
    : refusals.ContentType;
}

/**
 * Decodes one HTTP request by the CloudEvents 1.0.2 HTTP binding (binary, structured, batched), or as plain JSON of
 * kubernetes-event-exporter. Strict where the SDK guesses: a missing id is refused, never invented. Never throws.
 * @param rawHeaders names and values as sent, where the host is Node, which lower-cases `headers` itself: the only place
 * where a repeated header shows. Without it, header names may be in any case.
 */
export function decodeEvents(headers: Headers, body: Buffer, rawHeaders?: readonly string[]): Decoded {
  return decodeLowerCased(rawHeaders === undefined ? lowerCased(headers) : headers, body, rawHeaders);
}
