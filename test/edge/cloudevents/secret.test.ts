import { describe, expect, jest, test } from "@jest/globals";
import { toSignal } from "../../../src/edge/cloudevents/signal.ts";
import { batchType, ceHeaders, decode, envelope, onlyEvent, structuredType } from "./requests.ts";

/** What must never become a value. Written with an escape in JSON, so that a parsed key differs from its bytes. */
const key = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t";
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "kedaorg-certs" }, data: { "tls.key": key } };
const resource = "dev.knative.apiserver.resource.update";
const subject = "/apis/v1/namespaces/keda/secrets/kedaorg-certs";
const headers = (changes: Record<string, string | undefined>): Record<string, string> =>
  ceHeaders({ "ce-type": resource, ...changes });

/** Everything that JSON.parse made while `run` ran, as text. */
function parsedBy(run: () => void): string {
  const parse = jest.spyOn(JSON, "parse");
  try {
    run();
    return JSON.stringify(parse.mock.results.map((result) => result.value));
  } finally {
    parse.mockRestore();
  }
}

describe("a Secret in Resource mode", () => {
  test.each([
    ["by its kind", headers({ "ce-kind": "Secret" })],
    ["by its kind in lower case", headers({ "ce-kind": "secret" })],
    ["by its subject, where a source sends no kind", headers({ "ce-subject": subject })],
    ["when it is deleted", headers({ "ce-kind": "Secret", "ce-type": "dev.knative.apiserver.resource.delete" })],
  ])("is known %s and never parsed in binary mode", (_, given) => {
    let signal: unknown;
    const parsed = parsedBy(() => {
      const event = onlyEvent(decode(given, JSON.stringify(secret)));
      expect(event.data).toBeUndefined();
      signal = toSignal(event);
    });
    expect(parsed).toBe("[]");
    expect(signal).toEqual({ kind: "NotOurs", code: "SecretInResourceMode" });
  });

  test("is not parsed even when its body is no JSON, no UTF-8 or of no type", () => {
    const given = headers({ "ce-kind": "Secret", "content-type": "text/plain" });
    expect(onlyEvent(decode(given, Buffer.from([0xff]))).data).toBeUndefined();
  });

  test("is dropped when only its body says what it is", () => {
    const event = onlyEvent(decode(headers({ "ce-kind": "ConfigMap" }), JSON.stringify(secret)));
    expect(event.data).toBeUndefined();
    expect(toSignal(event)).toEqual({ kind: "NotOurs", code: "SecretInResourceMode" });
  });

  const wrapped = envelope({ type: resource, kind: "Secret", data: secret });
  test.each([
    ["with its kind", wrapped],
    ["with its subject", envelope({ type: resource, subject, data: secret })],
    ["with its data first", { data: secret, ...wrapped }],
    [
      "with encoded data",
      envelope({ type: resource, kind: "Secret", data_base64: Buffer.from(key).toString("base64") }),
    ],
    [
      "with brackets and quotes in it",
      envelope({ type: resource, kind: "Secret", data: { a: `}]"\\${key}`, b: [secret] } }),
    ],
    ["with data that is the key alone", envelope({ type: resource, kind: "Secret", data: key })],
  ])("never becomes a value in structured mode, %s", (_, body) => {
    let signal: unknown;
    const parsed = parsedBy(() => {
      const event = onlyEvent(decode(structuredType, JSON.stringify(body, null, 1)));
      expect(event.data).toBeUndefined();
      signal = toSignal(event);
    });
    expect(parsed).not.toContain(key);
    expect(parsed).not.toContain(Buffer.from(key).toString("base64"));
    expect(signal).toEqual({ kind: "NotOurs", code: "SecretInResourceMode" });
  });

  test("loses its data in a batch, and the others keep theirs", () => {
    const others = [envelope({ data: { data: "kept" } }), wrapped, envelope({ data: { kind: "Secret" } })];
    const parsed = parsedBy(() => {
      const batch = decode(batchType, JSON.stringify(others));
      expect(batch.ok && batch.events.map((event) => event.data)).toEqual([
        { data: "kept" },
        undefined,
        { kind: "Secret" },
      ]);
    });
    expect(parsed).not.toContain(key);
  });

  test("is not seen in an Event about a Secret, which keeps its data", () => {
    const event = { kind: "Event", apiVersion: "v1", reason: "Issuing", involvedObject: { kind: "Secret" } };
    const body = JSON.stringify(envelope({ type: resource, kind: "Event", data: event }));
    expect(onlyEvent(decode(structuredType, body)).data).toEqual(event);
  });

  test("is only a wake-up in Reference mode", () => {
    const given = ceHeaders({
      "ce-type": "dev.knative.apiserver.ref.update",
      "ce-kind": "Secret",
      "ce-namespace": "keda",
      "ce-name": "kedaorg-certs",
    });
    expect(toSignal(onlyEvent(decode(given, "{}")))).toEqual({
      kind: "SecretChanged",
      namespace: "keda",
      name: "kedaorg-certs",
    });
  });
});
