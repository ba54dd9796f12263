import type { IncomingEvent } from "../../core/event.ts";
import { maxAttributeLength, maxAttributes } from "./limits.ts";
import { type Refusal, refusals } from "./refusal.ts";
import { readTime } from "./time.ts";
import { firstTraceparent } from "./traceparent.ts";

/**
 * Attributes by name, without a prototype's members: `constructor` is a name like any other here. A class whose prototype
 * is empty, because V8 keeps its instances fast where it treats `Object.create(null)` as a dictionary.
 */
class Attributes {
  [name: string]: string;
}
Object.setPrototypeOf(Attributes.prototype, null);
Reflect.deleteProperty(Attributes.prototype, "constructor");

/** An event while its attributes come in, one at a time and in any order. */
export interface Draft {
  id: string | undefined;
  source: string | undefined;
  type: string | undefined;
  specversion: string | undefined;
  subject: string | undefined;
  time: string | undefined;
  traceparent: string | undefined;
  /** All others by lower-case name. */
  readonly others: Record<string, string>;
  count: number;
}

export const newDraft = (): Draft => ({
  id: undefined,
  source: undefined,
  type: undefined,
  specversion: undefined,
  subject: undefined,
  time: undefined,
  traceparent: undefined,
  others: new Attributes(),
  count: 0,
});

const ownNames = ["id", "source", "type", "specversion", "subject", "time", "traceparent"] as const;
type OwnName = (typeof ownNames)[number];

const isOwnName = (name: string): name is OwnName => (ownNames as readonly string[]).includes(name);
const nameShape = /^[a-z0-9]{1,64}$/;
/** Control characters, which CloudEvents forbids in a string. */
const forbidden = /\p{Cc}/u;

const isText = (value: string): boolean =>
  value.length <= maxAttributeLength && !forbidden.test(value) && value.isWellFormed();

/** Puts one attribute into the draft, or says which rule it breaks. */
export function addAttribute(draft: Draft, name: string, value: string | undefined): Refusal | undefined {
  if (!nameShape.test(name)) return refusals.AttributeName;
  if (value === undefined || !isText(value)) return refusals.AttributeValue;
  const place: Record<string, unknown> = isOwnName(name) ? (draft as Draft & Record<string, unknown>) : draft.others;
  if (place[name] !== undefined) return refusals.DuplicateAttribute;
  place[name] = value;
  draft.count += 1;
  return draft.count > maxAttributes ? refusals.TooManyAttributes : undefined;
}

function missing(draft: Draft): Refusal | undefined {
  if (draft.specversion !== "1.0") return refusals.WrongSpecVersion;
  if (!draft.id) return refusals.MissingId;
  if (!draft.source) return refusals.MissingSource;
  return draft.type ? undefined : refusals.MissingType;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Why the draft is no event, or the event; a time and a trace context stay only where they are valid. */
export function finish(draft: Draft, data: unknown, traceHeader: unknown): IncomingEvent | Refusal {
  const refusal = missing(draft);
  if (refusal !== undefined) return refusal;
  const { id = "", source = "", type = "", subject } = draft;
  const event: Mutable<IncomingEvent> = { id, source, type, attributes: draft.others, data };
  const time = readTime(draft.time);
  const traceparent = firstTraceparent(draft.traceparent, traceHeader);
  if (subject !== undefined) event.subject = subject;
  if (time !== undefined) event.time = time;
  if (traceparent !== undefined) event.traceparent = traceparent;
  return event;
}
