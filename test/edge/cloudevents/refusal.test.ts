import { describe, expect, test } from "@jest/globals";
import { decodeEvents } from "../../../src/edge/cloudevents/decode.ts";
import { refusals } from "../../../src/edge/cloudevents/refusal.ts";
import {
  batchType,
  ceHeaders,
  decode,
  decodeElsewhere,
  envelope,
  nested,
  onlyEvent,
  structuredType,
} from "./requests.ts";

describe("refusals", () => {
  const good = "{}";
  const structured = (changes: Record<string, unknown>): string => JSON.stringify(envelope(changes));

  test.each([
    ["a missing id", ceHeaders({ "ce-id": undefined }), good, "MissingId"],
    ["an empty id", ceHeaders({ "ce-id": "" }), good, "MissingId"],
    ["a missing source", ceHeaders({ "ce-source": undefined }), good, "MissingSource"],
    ["a missing type", ceHeaders({ "ce-type": undefined }), good, "MissingType"],
    ["a missing specversion", ceHeaders({ "ce-specversion": undefined }), good, "WrongSpecVersion"],
    ["specversion 0.3", ceHeaders({ "ce-specversion": "0.3" }), good, "WrongSpecVersion"],
    ["specversion 1.0.2", ceHeaders({ "ce-specversion": "1.0.2" }), good, "WrongSpecVersion"],
    ["ce-datacontenttype", ceHeaders({ "ce-datacontenttype": "a/b" }), good, "DataContentTypeHeader"],
    ["an encoded ce-datacontenttype", ceHeaders({ "ce-datacontenttype": "%41" }), good, "DataContentTypeHeader"],
    ["an extension name with a dash", ceHeaders({ "ce-a-b": "x" }), good, "AttributeName"],
    ["an extension called __proto__", ceHeaders({ "ce-__proto__": "x" }), good, "AttributeName"],
    ["a nameless extension", ceHeaders({ "ce-": "x" }), good, "AttributeName"],
    ["a name of 65 characters", ceHeaders({ [`ce-${"a".repeat(65)}`]: "x" }), good, "AttributeName"],
    ["an encoded control character", ceHeaders({ "ce-id": "a%0Ab" }), good, "AttributeValue"],
    ["an encoded NUL", ceHeaders({ "ce-kind": "a%00" }), good, "AttributeValue"],
    ["encoded bytes that are not UTF-8", ceHeaders({ "ce-subject": "%ff%fe" }), good, "AttributeValue"],
    ["an overlong encoding", ceHeaders({ "ce-subject": "%c0%af" }), good, "AttributeValue"],
    ["raw bytes that are not UTF-8", ceHeaders({ "ce-subject": "\xff" }), good, "AttributeValue"],
    ["a value of 2049 characters", ceHeaders({ "ce-subject": "a".repeat(2049) }), good, "AttributeValue"],
    [
      "65 attributes",
      ceHeaders(Object.fromEntries(Array.from({ length: 61 }, (_, i) => [`ce-x${i}`, "x"]))),
      good,
      "TooManyAttributes",
    ],
    ["a body that is not JSON", ceHeaders(), "{", "NotJson"],
    ["a body that is a JSON value and a half", ceHeaders(), "{}{", "NotJson"],
    ["a byte order mark", ceHeaders(), "\uFEFF{}", "NotJson"],
    ["a text body", ceHeaders({ "content-type": "text/plain" }), "hello", "ContentType"],
    ["an XML body", ceHeaders({ "content-type": "application/xml" }), "<a/>", "ContentType"],
    ["another charset", ceHeaders({ "content-type": "application/json; charset=utf-16" }), "{}", "ContentType"],
    ["a body without a content type", ceHeaders({ "content-type": undefined }), "{}", "ContentType"],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, "a=b", "ContentType"],
    ["no headers at all", {}, "", "ContentType"],
    ["cloudevents+avro", { "content-type": "application/cloudevents+avro" }, "x", "ContentType"],
    ["cloudevents+xml", ceHeaders({ "content-type": "application/cloudevents+xml" }), "x", "ContentType"],
    ["a compressed body", ceHeaders({ "content-encoding": "gzip" }), "{}", "ContentEncoding"],
    ["a structured event without an id", structuredType, structured({ id: undefined }), "MissingId"],
    ["a structured event with an empty type", structuredType, structured({ type: "" }), "MissingType"],
    [
      "a structured event without specversion",
      structuredType,
      structured({ specversion: undefined }),
      "WrongSpecVersion",
    ],
    ["a structured specversion that is a number", structuredType, structured({ specversion: 1.0 }), "WrongSpecVersion"],
    ["a structured id that is an object", structuredType, structured({ id: {} }), "AttributeValue"],
    ["a fraction", structuredType, structured({ a: 1.5 }), "AttributeValue"],
    [
      "a lone surrogate",
      structuredType,
      '{"specversion":"1.0","id":"\\ud800","source":"a","type":"b"}',
      "AttributeValue",
    ],
    ["a control character in structured mode", structuredType, structured({ id: "a\nb" }), "AttributeValue"],
    ["an upper-case extension", structuredType, structured({ aB: "x" }), "AttributeName"],
    [
      "a __proto__ key",
      structuredType,
      '{"specversion":"1.0","id":"1","source":"a","type":"b","__proto__":{"id":"x"}}',
      "AttributeName",
    ],
    ["an object for constructor", structuredType, structured({ constructor: { prototype: {} } }), "AttributeValue"],
    ["data twice", structuredType, structured({ data: 1, data_base64: "AA==" }), "TwoData"],
    ["data_base64 that is none", structuredType, structured({ data_base64: "a" }), "TwoData"],
    ["data_base64 that is a number", structuredType, structured({ data_base64: 1 }), "TwoData"],
    ["base64 of bytes that are not UTF-8", structuredType, structured({ data_base64: "//79" }), "NotUtf8"],
    ["a structured list", structuredType, "[]", "NotAnEnvelope"],
    ["a structured null", structuredType, "null", "NotAnEnvelope"],
    ["a batch that is no list", batchType, structured({}), "NotABatch"],
    ["a batch with a number in it", batchType, `[${structured({})},1]`, "NotAnEnvelope"],
    ["a batch with one bad event", batchType, `[${structured({})},${structured({ id: "" })}]`, "MissingId"],
    ["a batch of 101", batchType, `[${Array.from({ length: 101 }, () => "{}").join()}]`, "BatchTooLarge"],
    ["a batch of 5000", batchType, `[${Array.from({ length: 5000 }, () => structured({})).join()}]`, "BatchTooLarge"],
    ["data nested 65 deep", ceHeaders(), nested(65), "TooDeep"],
    ["data nested 30000 deep", ceHeaders(), nested(30_000), "TooDeep"],
    ["data nested 700000 deep", ceHeaders(), nested(700_000), "TooDeep"],
    ["objects nested 100 deep", ceHeaders(), `${'{"a":'.repeat(100)}1${"}".repeat(100)}`, "TooDeep"],
    ["brackets that never close", ceHeaders(), "[".repeat(700_000), "TooDeep"],
    ["a structured event with deep data", structuredType, `{"specversion":"1.0","data":${nested(70)}}`, "TooDeep"],
    ["1.5 MiB and a byte", ceHeaders(), `"${"a".repeat(1_572_863)}"`, "BodyTooLarge"],
  ] as const)("refuses %s", (_, headers, body, code) => {
    expect(decode(headers as Record<string, string>, body)).toEqual(refusals[code]);
  });

  test("have one status and one sentence each", () => {
    const statuses = Object.entries(refusals).map(([code, refusal]) => `${refusal.status} ${code}`);
    expect(statuses.sort()).toEqual([
      "400 AttributeName",
      "400 AttributeValue",
      "400 DataContentTypeHeader",
      "400 DuplicateAttribute",
      "400 MissingId",
      "400 MissingSource",
      "400 MissingType",
      "400 NotABatch",
      "400 NotAnEnvelope",
      "400 NotAnEvent",
      "400 NotJson",
      "400 NotUtf8",
      "400 TooDeep",
      "400 TooManyAttributes",
      "400 TwoData",
      "400 WrongSpecVersion",
      "413 BatchTooLarge",
      "413 BodyTooLarge",
      "415 ContentEncoding",
      "415 ContentType",
    ]);
    for (const [code, refusal] of Object.entries(refusals)) {
      expect(refusal).toMatchObject({ ok: false, code, sentence: expect.stringMatching(/^[A-Z].*\.$/) });
    }
  });

  test("leave the largest event of all alone", () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`ce-x${i}`, "x"]));
    const body = `"${"a".repeat(1_572_862)}"`;
    expect(decode(ceHeaders({ ...many, "ce-id": "a".repeat(2048) }), body).ok).toBe(true);
  });

  test.each([
    ["in binary mode", ceHeaders()],
    ["in structured mode", structuredType],
    ["in a batch", batchType],
    ["in plain JSON", { "content-type": "application/json" }],
  ])("refuses a body that is not UTF-8 %s", (_, headers) => {
    expect(decode(headers, Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ status: 400, code: "NotUtf8" });
  });

  test.each([["ce-id"], ["ce-kind"], ["ce-unheardof"]])(
    "refuses %s sent twice, as Node's raw headers show it",
    (name) => {
      const headers = ceHeaders({ [name]: "a, b" });
      const raw = [...Object.entries(ceHeaders({ [name]: "a" })).flat(), name.toUpperCase(), "b"];
      expect(decodeEvents(headers, Buffer.from("{}"), raw)).toMatchObject({ status: 400, code: "DuplicateAttribute" });
    },
  );

  test.each([
    ["as a list", { "ce-id": ["1", "2"] }],
    ["in two cases", { "ce-id": "1", "Ce-Id": "1" }],
  ])("refuses an attribute sent twice, %s", (_, twice) => {
    const headers = { ...ceHeaders({ "ce-id": undefined }), ...twice };
    expect(decodeElsewhere(headers, "{}")).toMatchObject({ status: 400, code: "DuplicateAttribute" });
  });

  test("takes data nested 64 deep, in a body of any size, whatever its strings hold", () => {
    expect(decode(ceHeaders(), nested(64)).ok).toBe(true);
    const padding = JSON.stringify(`[[[[{{{{\\"[`.repeat(10_000));
    expect(decode(ceHeaders(), `[${padding},${nested(63)}]`).ok).toBe(true);
    expect(decode(ceHeaders(), `[${padding},${nested(64)}]`)).toMatchObject({ code: "TooDeep" });
  });

  test("pollutes no prototype with the keys of data", () => {
    const event = onlyEvent(
      decode(ceHeaders(), '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    );
    expect(Object.getPrototypeOf(event.data)).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });
});
