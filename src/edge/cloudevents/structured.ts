import { isUtf8 } from "node:buffer";
import type { IncomingEvent } from "../../core/event.ts";
import { addAttribute, type Draft, finish, newDraft } from "./draft.ts";
import { noData, type Parsed, parseJson, parseJsonText } from "./json.ts";
import { maxBatchEvents } from "./limits.ts";
import { isJsonType } from "./mediaType.ts";
import { maybeWholeSecret, redacted } from "./redact.ts";
import { isRefusal, type Refusal, refusals } from "./refusal.ts";
import { isWholeSecret, withoutSecret } from "./wholeSecret.ts";

type Envelope = Readonly<Record<string, unknown>>;

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A whole Secret by the envelope's attributes, its data not looked at. */
const carriesSecret = (value: unknown): boolean =>
  isEnvelope(value) && isWholeSecret(textOf(value["type"]), textOf(value["kind"]), textOf(value["subject"]));

/** Attribute values in JSON may be text, integer or boolean; anything else is no attribute. */
function attributeText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || Number.isInteger(value) ? String(value) : undefined;
}

function readAttributes(envelope: Envelope): Draft | Refusal {
  const draft = newDraft();
  for (const name of Object.keys(envelope)) {
    const value = envelope[name];
    // In the JSON format null means absent.
    if (name === "data" || name === "data_base64" || value === null) continue;
    const refusal = addAttribute(draft, name, attributeText(value));
    if (refusal !== undefined) return refusal;
  }
  return draft;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readBase64(text: unknown, contentType: string | undefined): Parsed | Refusal {
  if (typeof text !== "string" || text.length % 4 !== 0 || !base64.test(text)) return refusals.TwoData;
  return isJsonType(contentType) ? parseJson(Buffer.from(text, "base64")) : { ok: true, value: undefined };
}

function readData(envelope: Envelope, contentType: string | undefined): Parsed | Refusal {
  const { data, data_base64: encoded } = envelope;
  if (encoded === undefined || encoded === null) return { ok: true, value: data };
  return data === undefined || data === null ? readBase64(encoded, contentType) : refusals.TwoData;
}

function decodeEnvelope(value: unknown, traceHeader: unknown): IncomingEvent | Refusal {
  if (!isEnvelope(value)) return refusals.NotAnEnvelope;
  const draft = readAttributes(value);
  if (isRefusal(draft)) return draft;
  const secret = carriesSecret(value);
  const data = secret ? noData : readData(value, draft.others["datacontenttype"]);
  if (!data.ok) return data;
  const event = finish(draft, data.value, traceHeader);
  return isRefusal(event) ? event : withoutSecret(event, secret);
}

function parse(body: Buffer, mode: "structured" | "batched"): Parsed | Refusal {
  if (!maybeWholeSecret(body)) return parseJson(body);
  if (!isUtf8(body)) return refusals.NotUtf8;
  return parseJsonText(redacted(body.toString("utf8"), mode, carriesSecret));
}

/** Structured mode: attributes and data in one JSON object. */
export function decodeStructured(body: Buffer, traceHeader: unknown): readonly IncomingEvent[] | Refusal {
  const parsed = parse(body, "structured");
  if (!parsed.ok) return parsed;
  const event = decodeEnvelope(parsed.value, traceHeader);
  return isRefusal(event) ? event : [event];
}

/** Batched mode: a JSON array of structured events, taken or refused as a whole. An empty batch is a batch. */
export function decodeBatch(body: Buffer, traceHeader: unknown): readonly IncomingEvent[] | Refusal {
  const parsed = parse(body, "batched");
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) return refusals.NotABatch;
  if (parsed.value.length > maxBatchEvents) return refusals.BatchTooLarge;
  const events: IncomingEvent[] = [];
  for (const envelope of parsed.value) {
    const event = decodeEnvelope(envelope, traceHeader);
    if (isRefusal(event)) return event;
    events.push(event);
  }
  return events;
}
