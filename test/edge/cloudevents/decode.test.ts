import { describe, expect, test } from "@jest/globals";
import { batchType, ceHeaders, decode, decodeElsewhere, envelope, onlyEvent, structuredType } from "./requests.ts";

const trace = "00-bc6c226e06a8c458b9a63e09ec7aa535-c2780e645c5cb0be-01";
const otherTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

describe("binary mode", () => {
  test("reads attributes from headers and data from the body", () => {
    const headers = ceHeaders({ "ce-subject": "s", "ce-kind": "Pod", "ce-time": "2026-11-23T17:02:34.997006208Z" });
    expect(decode(headers, '{"a":1}')).toEqual({
      ok: true,
      mode: "binary",
      events: [
        {
          id: "1",
          source: "/test",
          type: "test.type",
          subject: "s",
          time: Date.parse("2026-11-23T17:02:34.997Z"),
          attributes: { kind: "Pod", datacontenttype: "application/json" },
          data: { a: 1 },
        },
      ],
    });
  });

  test.each([
    ["application/json; charset=UTF-8"],
    ["Application/JSON;charset=utf-8"],
    ["application/json;foo=bar"],
    ['application/json; charset="utf-8"'],
    ["application/vnd.something+json"],
    ["text/json"],
  ])("takes the content type %s", (contentType) => {
    expect(onlyEvent(decode(ceHeaders({ "content-type": contentType }), "[1]")).data).toEqual([1]);
  });

  test.each([["0"], ["false"], ['""'], ["null"], ["123"], [' {"a":1}'], ['\n{"a":1}']])("takes %j as data", (body) => {
    expect(onlyEvent(decode(ceHeaders(), body)).data).toEqual(JSON.parse(body));
  });

  test("takes an event without a body and without a content type", () => {
    expect(onlyEvent(decode(ceHeaders({ "content-type": undefined }), "")).data).toBeUndefined();
  });

  test.each([
    ["Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"],
    ["100%", "100%"],
    ["%zz", "%zz"],
    ["%2541", "%41"],
    ['"a \\"quoted\\" one"', 'a "quoted" one'],
    ['"%41"', "A"],
    [Buffer.from("€").toString("latin1"), "€"],
    ["€", "€"],
    ["a%2Fb", "a/b"],
  ])("decodes the header value %s once, to %s", (sent, read) => {
    expect(onlyEvent(decode(ceHeaders({ "ce-subject": sent }), "{}")).subject).toBe(read);
  });

  test("reads headers in any case where the host keeps the case", () => {
    const headers = { "Content-Type": "application/json", "CE-SpecVersion": "1.0", "Ce-Id": "1", "Ce-Source": "/t" };
    const event = onlyEvent(decodeElsewhere({ ...headers, "Ce-Type": "t", "Ce-Kind": "Pod" }, "{}"));
    expect(event).toMatchObject({ id: "1", source: "/t", type: "t", attributes: { kind: "Pod" } });
  });

  test("keeps an extension called constructor as plain text, and has none unless it was sent", () => {
    const event = onlyEvent(decode(ceHeaders({ "ce-constructor": "x" }), "{}"));
    expect(event.attributes["constructor"]).toBe("x");
    expect(onlyEvent(decode(ceHeaders(), "{}")).attributes["constructor"]).toBeUndefined();
    expect(onlyEvent(decode(ceHeaders({ "ce-other": "x" }), "{}")).attributes["constructor"]).toBeUndefined();
  });
});

describe("structured and batched mode", () => {
  test.each([
    ["application/cloudevents+json"],
    ["application/cloudevents+json; charset=UTF-8"],
    ["application/cloudevents+json;charset=utf-8"],
    ["Application/CloudEvents+JSON; x=y"],
  ])("takes the content type %s", (contentType) => {
    expect(decode({ "content-type": contentType }, JSON.stringify(envelope()))).toMatchObject({ mode: "structured" });
  });

  test("reads integers and booleans as text and null as absent", () => {
    const event = onlyEvent(
      decode(structuredType, JSON.stringify(envelope({ a: 1, b: true, c: null, subject: null }))),
    );
    expect(event.attributes).toEqual({ a: "1", b: "true" });
    expect(event).not.toHaveProperty("subject");
  });

  test.each([[0], [false], [""], [null], [{ a: [1] }]])("keeps the data %j", (data) => {
    expect(onlyEvent(decode(structuredType, JSON.stringify(envelope({ data })))).data).toEqual(data);
  });

  test("reads JSON in data_base64, and leaves other bytes alone", () => {
    const encoded = Buffer.from('{"a":1}').toString("base64");
    expect(onlyEvent(decode(structuredType, JSON.stringify(envelope({ data_base64: encoded })))).data).toEqual({
      a: 1,
    });
    const image = envelope({ data_base64: "AAEC", datacontenttype: "image/png" });
    expect(onlyEvent(decode(structuredType, JSON.stringify(image))).data).toBeUndefined();
  });

  test("ignores ce- headers, which a structured event may repeat", () => {
    const headers = { ...ceHeaders({ "ce-id": "2" }), ...structuredType };
    expect(onlyEvent(decode(headers, JSON.stringify(envelope()))).id).toBe("1");
  });

  test("reads a batch in order, an empty one too", () => {
    const batch = decode(batchType, JSON.stringify([envelope(), envelope({ id: "2" })]));
    expect(batch).toMatchObject({ ok: true, mode: "batched", events: [{ id: "1" }, { id: "2" }] });
    expect(decode(batchType, "[]")).toEqual({ ok: true, mode: "batched", events: [] });
  });

  test("takes a batch of 100", () => {
    const batch = decode(batchType, JSON.stringify(Array.from({ length: 100 }, () => envelope())));
    expect(batch.ok && batch.events.length).toBe(100);
  });
});

describe("times and traces", () => {
  test.each([
    ["2027-11-23T17:02:34Z", Date.UTC(2027, 10, 23, 17, 2, 34)],
    ["9999-12-31T23:59:59.999Z", Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    ["2026-11-23t17:02:34.5z", Date.UTC(2026, 10, 23, 17, 2, 34, 500)],
    ["2026-11-23T17:02:34.997006208+01:30", Date.UTC(2026, 10, 23, 15, 32, 34, 997)],
    ["2026-11-23T17:02:34-00:30", Date.UTC(2026, 10, 23, 17, 32, 34)],
    ["2026-11-23 17:02:34 +0000 UTC", undefined],
    ["2026-13-23T17:02:34Z", undefined],
    ["2026-11-23T25:02:34Z", undefined],
    ["yesterday", undefined],
    ["1700000000", undefined],
  ])("reads the time %s as %s", (time, at) => {
    expect(onlyEvent(decode(ceHeaders({ "ce-time": time }), "{}")).time).toBe(at);
  });

  test.each([
    ["the extension before the header", { "ce-traceparent": trace, traceparent: otherTrace }, trace],
    ["the header when there is no extension", { traceparent: otherTrace }, otherTrace],
    ["the header when the extension is invalid", { "ce-traceparent": "nonsense", traceparent: trace }, trace],
    ["none of zeros", { traceparent: `00-${"0".repeat(32)}-c2780e645c5cb0be-01` }, undefined],
    ["none of version ff", { traceparent: `ff${trace.slice(2)}` }, undefined],
    ["none in upper case", { traceparent: trace.toUpperCase() }, undefined],
    ["none at all", {}, undefined],
  ])("takes %s", (_, headers, traceparent) => {
    expect(onlyEvent(decode(ceHeaders(headers), "{}")).traceparent).toBe(traceparent);
  });

  test("takes the structured extension before the header", () => {
    const body = JSON.stringify(envelope({ traceparent: trace }));
    expect(onlyEvent(decode({ ...structuredType, traceparent: otherTrace }, body)).traceparent).toBe(trace);
  });
});

describe("plain JSON of kubernetes-event-exporter", () => {
  const plain = {
    metadata: { uid: "u", resourceVersion: "7", creationTimestamp: "2026-11-23T16:00:00Z" },
    reason: "BackOff",
    clusterName: "prod eu/1",
    involvedObject: { kind: "Pod", namespace: "keda", name: "keda-operator-1" },
    lastTimestamp: "2026-11-23T16:32:51Z",
  };
  const json = { "content-type": "application/json" };

  test("becomes an event with an id that is the same for every copy", () => {
    expect(onlyEvent(decode(json, JSON.stringify(plain)))).toEqual({
      id: "u.7",
      source: "/kubernetes-event-exporter/prod%20eu%2F1",
      type: "io.k8s.core.v1.event.BackOff",
      subject: "Pod/keda/keda-operator-1",
      time: Date.UTC(2026, 10, 23, 16, 32, 51),
      attributes: { datacontenttype: "application/json" },
      data: plain,
    });
  });

  test.each([
    [{ series: { lastObservedTime: "2026-11-23T16:50:00Z" } }, Date.UTC(2026, 10, 23, 16, 50)],
    [{ lastTimestamp: null, eventTime: "2026-11-23T16:40:00.5Z" }, Date.UTC(2026, 10, 23, 16, 40, 0, 500)],
    [{ lastTimestamp: null, firstTimestamp: "2026-11-23T16:30:00Z" }, Date.UTC(2026, 10, 23, 16, 30)],
    [{ lastTimestamp: null }, Date.UTC(2026, 10, 23, 16)],
  ])("takes the newest time that it knows: %j", (changes, time) => {
    expect(onlyEvent(decode(json, JSON.stringify({ ...plain, ...changes }))).time).toBe(time);
  });

  test.each([
    ["no involvedObject", { ...plain, involvedObject: undefined }],
    ["no reason", { ...plain, reason: "" }],
    ["a reason that is no text", { ...plain, reason: 5 }],
    ["no uid", { ...plain, metadata: {} }],
    ["a Secret", { apiVersion: "v1", kind: "Secret", metadata: { uid: "u" }, data: { "tls.key": "a2V5" } }],
    ["a list", [plain]],
    ["null", null],
  ])("refuses %s", (_, body) => {
    expect(decode(json, JSON.stringify(body))).toMatchObject({ ok: false, status: 400, code: "NotAnEvent" });
  });
});
