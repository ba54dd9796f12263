import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeEvents } from "../../../src/edge/cloudevents/decode.ts";
import { toSignal } from "../../../src/edge/cloudevents/signal.ts";
import { ceHeaders, envelope } from "./requests.ts";

const contentType = fc.oneof(
  fc.constantFrom(
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json; charset=utf-8",
    "text/plain",
  ),
  fc.string(),
);
const attribute = fc.constantFrom("id", "source", "type", "specversion", "subject", "time", "kind", "datacontenttype");
const value = fc.oneof(fc.constantFrom("1.0", "dev.knative.apiserver.resource.add", "Secret", "Event"), fc.string());
const headers = fc.tuple(contentType, fc.dictionary(fc.oneof(attribute, fc.string()), value)).map(
  ([type, named]): Record<string, string> => ({
    "content-type": type,
    ...Object.fromEntries(Object.entries(named).map(([name, text]) => [`ce-${name}`.toLowerCase(), text])),
  }),
);
const envelopes = fc.dictionary(
  fc.oneof(attribute, fc.constantFrom("data", "data_base64"), fc.string()),
  fc.oneof(value, fc.jsonValue()),
);
const body = fc.oneof(
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  envelopes.map((e) => Buffer.from(JSON.stringify({ ...envelope(), ...e }))),
  fc.array(envelopes).map((all) => Buffer.from(JSON.stringify(all.map((e) => ({ ...envelope(), ...e }))))),
);

describe("whatever comes in", () => {
  test("never throws, and never is an event without its required attributes", () => {
    fc.assert(
      fc.property(headers, body, fc.boolean(), (h, b, raw) => {
        const decoded = decodeEvents(h, b, raw ? Object.entries(h).flat() : undefined);
        for (const event of decoded.ok ? decoded.events : []) {
          expect([event.id, event.source, event.type].every((text) => typeof text === "string" && text !== "")).toBe(
            true,
          );
          expect(Object.keys(event.attributes).every((name) => /^[a-z0-9]+$/.test(name))).toBe(true);
          expect(toSignal(event)).toHaveProperty("kind");
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("a binary event with one attribute taken away is refused", () => {
    fc.assert(
      fc.property(fc.constantFrom("ce-id", "ce-source", "ce-type", "ce-specversion"), fc.jsonValue(), (name, data) => {
        const decoded = decodeEvents(ceHeaders({ [name]: undefined }), Buffer.from(JSON.stringify(data)), []);
        expect(decoded.ok).toBe(false);
      }),
    );
  });

  test("any text goes through a header percent-encoded, and through an envelope, unchanged", () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 50 })
      .filter((s) => !/\p{Cc}/u.test(s) && s.isWellFormed());
    fc.assert(
      fc.property(text, (id) => {
        const h = ceHeaders({ "ce-id": encodeURIComponent(id) });
        expect(decodeEvents(h, Buffer.from("{}"), Object.entries(h).flat())).toMatchObject({ events: [{ id }] });
        const structured = Buffer.from(JSON.stringify(envelope({ id })));
        expect(decodeEvents({ "content-type": "application/cloudevents+json" }, structured)).toMatchObject({
          events: [{ id }],
        });
      }),
    );
  });

  test("any JSON is the same data in all three modes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (data) => {
        const whole = JSON.stringify(envelope({ data }));
        const binary = decodeEvents(ceHeaders(), Buffer.from(JSON.stringify(data)), Object.entries(ceHeaders()).flat());
        const structured = decodeEvents({ "content-type": "application/cloudevents+json" }, Buffer.from(whole));
        const batch = decodeEvents({ "content-type": "application/cloudevents-batch+json" }, Buffer.from(`[${whole}]`));
        const expected = JSON.parse(JSON.stringify(data));
        for (const decoded of [binary, structured, batch]) {
          expect(decoded.ok && decoded.events[0]?.data).toEqual(expected);
        }
      }),
    );
  });
});
