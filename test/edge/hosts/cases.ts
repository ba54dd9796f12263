import { batchType, ceHeaders, envelope, nested, structuredType } from "../cloudevents/requests.ts";
import type { Asked } from "./raw.ts";

/** One request that every host must answer the same way. `code` is empty where the event is taken. */
export interface HostCase {
  readonly name: string;
  readonly asked: Asked;
  readonly status: number;
  readonly code: string;
}

const five = JSON.stringify(Array.from({ length: 5000 }, (_, i) => envelope({ id: String(i) })));
const rows: readonly (readonly [string, Asked, number, string])[] = [
  ["not JSON", { headers: ceHeaders(), body: "hello" }, 400, "NotJson"],
  ["an empty structured body", { headers: structuredType }, 400, "NotJson"],
  ["the wrong content type", { headers: { "content-type": "text/plain" }, body: "x" }, 415, "ContentType"],
  ["no content type", { headers: {}, body: "{}" }, 415, "ContentType"],
  ["a missing ce-id", { headers: ceHeaders({ "ce-id": undefined }), body: "{}" }, 400, "MissingId"],
  ["a missing ce-type", { headers: ceHeaders({ "ce-type": undefined }), body: "{}" }, 400, "MissingType"],
  ["a wrong specversion", { headers: ceHeaders({ "ce-specversion": "9.9" }), body: "{}" }, 400, "WrongSpecVersion"],
  ["a body of 10 MB", { headers: ceHeaders(), body: Buffer.alloc(10_000_000, 0x20) }, 413, "BodyTooLarge"],
  ["a batch of 5,000", { headers: batchType, body: five }, 413, "BatchTooLarge"],
  ["deep nesting", { headers: ceHeaders(), body: nested(700_000) }, 400, "TooDeep"],
  ["invalid UTF-8", { headers: ceHeaders(), body: Buffer.from([0x22, 0xc3, 0x28, 0x22]) }, 400, "NotUtf8"],
  ["invalid UTF-8 in a header", { headers: ceHeaders({ "ce-subject": "%ff" }), body: "{}" }, 400, "AttributeValue"],
  ["a gzip body", { headers: ceHeaders({ "content-encoding": "gzip" }), body: "x" }, 415, "ContentEncoding"],
  ["another method", { method: "PUT", headers: ceHeaders(), body: "{}" }, 405, "MethodNotAllowed"],
  ["another path", { path: "/x", headers: ceHeaders(), body: "{}" }, 400, "WrongPath"],
  ["a __proto__ key as attribute", { headers: structuredType, body: '{"__proto__":{"id":"1"}}' }, 400, "AttributeName"],
  ["a __proto__ key in data", { headers: ceHeaders(), body: '{"__proto__":{"polluted":1}}' }, 204, ""],
  ["an Event of a foreign kind", foreign(), 204, ""],
  ["an event of next year", { headers: ceHeaders({ "ce-time": "2027-11-23T00:00:00Z" }), body: "{}" }, 204, ""],
  ["an event of the year 9999", { headers: ceHeaders({ "ce-time": "9999-12-31T23:59:59Z" }), body: "{}" }, 204, ""],
];

function foreign(): Asked {
  const headers = ceHeaders({
    "ce-type": "dev.knative.apiserver.resource.add",
    "ce-kind": "Event",
    "ce-apiversion": "v1",
  });
  const involvedObject = { kind: "ReplicaSet", apiVersion: "apps/v1", namespace: "shop", name: "web" };
  return { headers, body: JSON.stringify({ kind: "Event", reason: "SuccessfulCreate", involvedObject }) };
}

/** Bad input, and what looks like it: the same on every host. */
export const badInput: readonly HostCase[] = rows.map(([name, asked, status, code]) => ({ name, asked, status, code }));
