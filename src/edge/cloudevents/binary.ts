import type { IncomingEvent } from "../../core/event.ts";
import { readCeHeaders } from "./ceHeaders.ts";
import { finish } from "./draft.ts";
import { type Headers, headerOf } from "./headers.ts";
import { noData, type Parsed, parseJson } from "./json.ts";
import { bodyKindOf } from "./mediaType.ts";
import { isRefusal, type Refusal, refusals } from "./refusal.ts";
import { isWholeSecret, withoutSecret } from "./wholeSecret.ts";

/** Data of a binary event. Without a body there is none, and then no content type is asked for. */
function readData(contentType: string | undefined, body: Buffer): Parsed | Refusal {
  if (body.length === 0) return noData;
  return bodyKindOf(contentType) === "json" ? parseJson(body) : refusals.ContentType;
}

/**
 * Binary mode: attributes in `ce-` headers, data in the body.
 * A Secret sent whole is known by its headers; then the body is not parsed at all and no key ever becomes a value.
 */
export function decodeBinary(
  headers: Headers,
  body: Buffer,
  rawHeaders: readonly string[] | undefined,
): IncomingEvent | Refusal {
  const draft = readCeHeaders(headers, rawHeaders);
  if (isRefusal(draft)) return draft;
  const contentType = headerOf(headers, "content-type");
  const secret = isWholeSecret(draft.type, draft.others["kind"], draft.subject);
  const data = secret ? noData : readData(contentType, body);
  if (!data.ok) return data;
  if (contentType !== undefined) draft.others["datacontenttype"] = contentType;
  const event = finish(draft, data.value, headerOf(headers, "traceparent"));
  return isRefusal(event) ? event : withoutSecret(event, secret);
}
