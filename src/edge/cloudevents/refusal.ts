import { maxAttributeLength, maxAttributes, maxBatchEvents, maxNesting } from "./limits.ts";

/** Why a request holds no event that we take. The sentence names the rule and never what was sent. */
export interface Refusal {
  readonly ok: false;
  readonly status: 400 | 413 | 415;
  readonly code: string;
  readonly sentence: string;
}

const refusal = (status: Refusal["status"], code: string, sentence: string): Refusal => ({
  ok: false,
  status,
  code,
  sentence,
});

/** Every refusal of the decoder, by code: a contract, see CONTRACTS.md. */
export const refusals = {
  NotJson: refusal(400, "NotJson", "The body is not JSON."),
  NotUtf8: refusal(400, "NotUtf8", "The body is not UTF-8."),
  TooDeep: refusal(400, "TooDeep", `The body is nested deeper than ${maxNesting} levels.`),
  NotAnEvent: refusal(
    400,
    "NotAnEvent",
    "The request has no ce- headers, and its body is no Event of kubernetes-event-exporter (involvedObject, reason, metadata.uid).",
  ),
  NotAnEnvelope: refusal(400, "NotAnEnvelope", "A structured CloudEvent is one JSON object with its attributes."),
  NotABatch: refusal(400, "NotABatch", "A batch of CloudEvents is one JSON array."),
  MissingId: refusal(400, "MissingId", "The required attribute id is missing or empty."),
  MissingSource: refusal(400, "MissingSource", "The required attribute source is missing or empty."),
  MissingType: refusal(400, "MissingType", "The required attribute type is missing or empty."),
  WrongSpecVersion: refusal(400, "WrongSpecVersion", 'The attribute specversion must be "1.0".'),
  DuplicateAttribute: refusal(400, "DuplicateAttribute", "An attribute is given twice."),
  AttributeName: refusal(400, "AttributeName", "Attribute names are lower-case letters and digits."),
  AttributeValue: refusal(
    400,
    "AttributeValue",
    `Attribute values are text without control characters, at most ${maxAttributeLength} characters, valid UTF-8 once percent-decoded.`,
  ),
  TooManyAttributes: refusal(400, "TooManyAttributes", `An event has at most ${maxAttributes} attributes.`),
  DataContentTypeHeader: refusal(
    400,
    "DataContentTypeHeader",
    "In binary mode the data's type is the Content-Type header; ce-datacontenttype must not appear.",
  ),
  TwoData: refusal(400, "TwoData", "An event has data or data_base64, not both; data_base64 is Base64 text."),
  BodyTooLarge: refusal(413, "BodyTooLarge", "The body is larger than 1.5 MiB."),
  BatchTooLarge: refusal(413, "BatchTooLarge", `A batch has at most ${maxBatchEvents} events.`),
  ContentType: refusal(
    415,
    "ContentType",
    "The content type must be JSON in UTF-8: application/json, application/cloudevents+json or application/cloudevents-batch+json.",
  ),
  ContentEncoding: refusal(415, "ContentEncoding", "Compressed bodies are not taken."),
} as const satisfies Record<string, Refusal>;

/** Tells a refusal from whatever else a step gives back. */
export const isRefusal = (value: object): value is Refusal => "ok" in value && value.ok === false;
