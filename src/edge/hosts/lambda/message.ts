import type { IncomingEvent } from "../../../core/event.ts";
import type { Round } from "../../../ports/responder.ts";
import { decodeEvents } from "../../cloudevents/decode.ts";
import { parseJson } from "../../cloudevents/json.ts";
import { maxNesting } from "../../cloudevents/limits.ts";
import { isDeeperThan } from "../../cloudevents/nesting.ts";
import { isRefusal, type Refusal, refusals } from "../../cloudevents/refusal.ts";

/** What AWS handed over means: events, a tick of a timer, something that is none of ours, or nonsense. */
export type Message =
  | { readonly kind: "events"; readonly events: readonly IncomingEvent[] }
  | { readonly kind: "tick"; readonly round: Round }
  | { readonly kind: "foreign" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * An event of EventBridge (EventBridge user guide, "Event structure"): `version`, `id`, `detail-type`, `source`,
 * `account`, `time`, `region`, `resources`, `detail`.
 */
export const isBusEvent = (value: unknown): value is Fields =>
  isObject(value) && typeof value["detail-type"] === "string" && typeof value["source"] === "string";

/** A CloudEvent in JSON, as EventBridge carries it in `detail` and SQS in a body. */
export const isCloudEvent = (value: unknown): boolean => isObject(value) && "specversion" in value;

/** A Kubernetes Event as kubernetes-event-exporter writes it. */
const isKubeEvent = (value: unknown): boolean => isObject(value) && isObject(value["involvedObject"]);

/** An SNS envelope (SNS developer guide, "HTTP/HTTPS notification JSON format"): raw delivery has none. */
const isNotification = (value: unknown): value is Fields & { readonly Message: string } =>
  isObject(value) && value["Type"] === "Notification" && typeof value["Message"] === "string";

const structured = { "content-type": "application/cloudevents+json" };
const batched = { "content-type": "application/cloudevents-batch+json" };
const json = { "content-type": "application/json" };

/** Decoded by the rules of every host: sizes, nesting, attributes, whole Secrets. */
function decode(headers: Readonly<Record<string, string>>, body: Buffer): Message {
  const decoded = decodeEvents(headers, body);
  return decoded.ok ? { kind: "events", events: decoded.events } : { kind: "refused", refusal: decoded };
}

const tooDeep: Message = { kind: "refused", refusal: refusals.TooDeep };

/** Lambda has parsed it already, however deep it is; writing it again would end the stack. */
const isTooDeep = (value: unknown): boolean => isDeeperThan(value, maxNesting + 1);

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? "", "utf8");

/** A native event is ours only when its detail is: AWS's own events are none of our business. */
export function readBusEvent(event: Fields): Message {
  const { detail } = event;
  // Lambda developer guide, "Invoke a function on a schedule"; aws.scheduler is EventBridge Scheduler.
  if (event["detail-type"] === "Scheduled Event" && /^aws\.(events|scheduler)$/.test(String(event["source"])))
    return { kind: "tick", round: "all" };
  if (isTooDeep(detail)) return tooDeep;
  if (isCloudEvent(detail)) return decode(structured, bytes(detail));
  return isKubeEvent(detail) ? decode(json, bytes(detail)) : { kind: "foreign" };
}

function readParsed(value: unknown, body: Buffer): Message {
  if (isBusEvent(value)) return readBusEvent(value);
  if (Array.isArray(value)) return decode(batched, body);
  return decode(isCloudEvent(value) ? structured : json, body);
}

/**
 * The text of a queue's message: a CloudEvent, a batch of them, an exported Event, each perhaps in the envelope of
 * EventBridge or SNS.
 */
export function readText(text: string): Message {
  const body = Buffer.from(text, "utf8");
  const parsed = parseJson(body);
  if (isRefusal(parsed)) return { kind: "refused", refusal: parsed };
  if (!isNotification(parsed.value)) return readParsed(parsed.value, body);
  const inner = Buffer.from(parsed.value.Message, "utf8");
  const unwrapped = parseJson(inner);
  return isRefusal(unwrapped) ? { kind: "refused", refusal: unwrapped } : readParsed(unwrapped.value, inner);
}

/** What was handed over as a value, by a direct invocation or a pipe. */
export const readValue = (value: unknown): Message => (isTooDeep(value) ? tooDeep : readParsed(value, bytes(value)));

export const unknownShape: Refusal = {
  ...refusals.NotAnEvent,
  code: "UnknownShape",
  sentence: "The invocation is no HTTP request of payload format 2.0, no EventBridge event, no SQS batch and no event.",
};
