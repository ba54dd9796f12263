import { addAttribute, type Draft, newDraft } from "./draft.ts";
import type { Headers } from "./headers.ts";
import { decodeHeaderValue } from "./headerValue.ts";
import { maxAttributeLength } from "./limits.ts";
import { type Refusal, refusals } from "./refusal.ts";

/** True for `ce-…` in any case. Character codes, because it is asked for every header of every request. */
function isCeHeader(name: string): boolean {
  return name.charCodeAt(2) === 0x2d && (name.charCodeAt(0) | 0x20) === 0x63 && (name.charCodeAt(1) | 0x20) === 0x65;
}

/** Whether the request claims to be a CloudEvent in binary mode. */
export function hasCeHeaders(headers: Headers): boolean {
  for (const name in headers) if (isCeHeader(name)) return true;
  return false;
}

/** Node joins repeated headers with a comma, so only the raw list shows that one was sent twice. */
function countCe(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (isCeHeader(rawHeaders[i] ?? "")) count += 1;
  return count;
}

/** Printable ASCII that means itself: neither quoted nor percent-encoded. Nearly every value, so it is asked first. */
const plain = /^[\x20-\x21\x23\x24\x26-\x7e]*$/;

/** How many values are given; NaN as soon as one of them is not plain, so that it equals no count. */
function countPlain(values: readonly Headers[string][]): number {
  let count = 0;
  for (const value of values) {
    if (value === undefined) continue;
    if (typeof value !== "string" || value.length > maxAttributeLength || !plain.test(value)) return Number.NaN;
    count += 1;
  }
  return count;
}

const textOf = (value: Headers[string]): string | undefined => (typeof value === "string" ? value : undefined);

/**
 * The draft of a request that has the headers of Knative's sources and no others, each plain; undefined when it has more.
 * Named loads instead of a walk over all headers: nearly every event comes this way, and it shows in the throughput.
 */
function commonDraft(headers: Headers, rawHeaders: readonly string[]): Draft | undefined {
  const { "ce-id": id, "ce-source": source, "ce-type": type, "ce-specversion": specversion } = headers;
  const { "ce-subject": subject, "ce-time": time, "ce-kind": kind, "ce-apiversion": apiversion } = headers;
  const { "ce-namespace": namespace, "ce-name": name, "ce-knativearrivaltime": arrival } = headers;
  const given = [id, source, type, specversion, subject, time, kind, apiversion, namespace, name, arrival];
  const count = countPlain(given);
  if (count !== countCe(rawHeaders)) return undefined;
  const draft = newDraft();
  draft.id = textOf(id);
  draft.source = textOf(source);
  draft.type = textOf(type);
  draft.specversion = textOf(specversion);
  draft.subject = textOf(subject);
  draft.time = textOf(time);
  if (typeof kind === "string") draft.others["kind"] = kind;
  if (typeof apiversion === "string") draft.others["apiversion"] = apiversion;
  if (typeof namespace === "string") draft.others["namespace"] = namespace;
  if (typeof name === "string") draft.others["name"] = name;
  if (typeof arrival === "string") draft.others["knativearrivaltime"] = arrival;
  draft.count = count;
  return draft;
}

function addHeader(draft: Draft, header: string, value: Headers[string]): Refusal | undefined {
  const name = header.slice(3);
  if (name === "datacontenttype") return refusals.DataContentTypeHeader;
  if (typeof value === "string") return addAttribute(draft, name, plain.test(value) ? value : decodeHeaderValue(value));
  return value?.length === 1 ? addHeader(draft, header, value[0]) : refusals.DuplicateAttribute;
}

function anyDraft(headers: Headers, rawHeaders: readonly string[] | undefined): Draft | Refusal {
  const draft = newDraft();
  for (const header in headers) {
    const refusal = isCeHeader(header) ? addHeader(draft, header, headers[header]) : undefined;
    if (refusal !== undefined) return refusal;
  }
  return rawHeaders !== undefined && countCe(rawHeaders) !== draft.count ? refusals.DuplicateAttribute : draft;
}

/** The attributes in lower-case `ce-` headers, or the rule that one of them breaks. */
export function readCeHeaders(headers: Headers, rawHeaders: readonly string[] | undefined): Draft | Refusal {
  const common = rawHeaders === undefined ? undefined : commonDraft(headers, rawHeaders);
  return common ?? anyDraft(headers, rawHeaders);
}
