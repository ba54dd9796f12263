import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { innermostTlsText, sameTlsText } from "../../../src/core/certificate/text.ts";

const HINT =
  'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "keda-operator")';
const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
const grpc = (text: string): string =>
  `W0410 11:34:19.738975 1 logging.go:59] [core] [Channel #1 SubChannel #5] grpc: addrConn.createTransport failed to connect to {Addr: "keda-operator.keda.svc.cluster.local:9666", ServerName: "keda-operator.keda.svc.cluster.local:9666", }. Err: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: ${text}"`;
const json = (text: string): string => `{"level":"error","error":${JSON.stringify(text)},"stacktrace":"a\\nb"}`;

describe("the innermost TLS text", () => {
  it.each([
    ["the incident's line", grpc(escaped(HINT)), HINT],
    ["the incident's line inside JSON", json(grpc(escaped(HINT))), HINT],
    ["a line that Go did not wrap", HINT, HINT],
    ["no hint", grpc("x509: certificate signed by unknown authority"), "x509: certificate signed by unknown authority"],
    [
      "an older Go",
      "remote: x509: certificate signed by unknown authority",
      "x509: certificate signed by unknown authority",
    ],
    [
      "a name that does not fit",
      grpc("x509: certificate is valid for a.svc, b.svc, not keda-operator.keda.svc"),
      "x509: certificate is valid for a.svc, b.svc, not keda-operator.keda.svc",
    ],
    [
      "dates",
      json(
        grpc(
          "x509: certificate has expired or is not yet valid: current time 2026-11-23T02:19:16Z is after 2026-11-23T01:19:16Z",
        ),
      ),
      "x509: certificate has expired or is not yet valid: current time 2026-11-23T02:19:16Z is after 2026-11-23T01:19:16Z",
    ],
    [
      "a name constraint",
      grpc(
        escaped(
          'x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "a.svc" is excluded by constraint "svc"',
        ),
      ),
      'x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "a.svc" is excluded by constraint "svc"',
    ],
    [
      "a server that was refused",
      "http: TLS handshake error from 10.1.2.3:4567: remote error: tls: bad certificate",
      "remote error: tls: bad certificate",
    ],
    [
      "a lost preface",
      'connection error: desc = "error reading server preface: remote error: tls: unknown certificate authority"',
      "remote error: tls: unknown certificate authority",
    ],
    [
      "a client without a certificate",
      "http: TLS handshake error from 10.1.2.3:4567: tls: client didn't provide a certificate\n",
      "tls: client didn't provide a certificate",
    ],
  ])("%s", (_, line, expected) => {
    expect(innermostTlsText(line)).toBe(expected);
  });

  it.each([
    ["an ordinary line", "successfully established gRPC connection"],
    [
      "a network error",
      'connection error: desc = "transport: Error while dialing: dial tcp 10.100.3.25:9666: connect: connection refused"',
    ],
    ["a word that ends in tls", "mtls: enabled"],
    ["an empty line", ""],
  ])("is absent from %s", (_, line) => {
    expect(innermostTlsText(line)).toBeUndefined();
  });

  it("of a line that was cut off in the hint is never the text without hint", () => {
    const start = HINT.indexOf("(") + 1;
    for (let end = start; end < HINT.length; end++) {
      const found = innermostTlsText(HINT.slice(0, end)) ?? "";
      expect(sameTlsText(found, "x509: certificate signed by unknown authority")).toBe(false);
      expect(sameTlsText(found, HINT)).toBe(false);
    }
  });

  it("is found under any number of wrappers", () => {
    fc.assert(
      fc.property(fc.nat(6), (depth) => {
        let line = HINT;
        for (let i = 0; i < depth; i++) line = `rpc error: desc = "${escaped(line)}"`;
        expect(innermostTlsText(line)).toBe(HINT);
      }),
    );
  });

  it("never throws or hangs", () => {
    const nasty = [
      `x509: ${"\\".repeat(200_000)}`,
      `x509: certificate signed by unknown authority (possibly because of "${'" while trying to verify candidate authority certificate "'.repeat(5000)}`,
      "tls: ".repeat(100_000),
    ];
    const started = performance.now();
    for (const line of nasty) innermostTlsText(line);
    expect(performance.now() - started).toBeLessThan(2000);
    fc.assert(fc.property(fc.string(), (line) => typeof (innermostTlsText(`x509: ${line}`) ?? "") === "string"));
  });
});

describe("two texts are the same", () => {
  const dates = (now: string, end = "2026-11-23T01:19:16Z"): string =>
    `x509: certificate has expired or is not yet valid: current time ${now} is after ${end}`;

  it.each([
    ["letter by letter", HINT, HINT],
    ["escaped or not", escaped(HINT), HINT],
    ["verified at another moment", dates("2026-11-23T02:19:16Z"), dates("2026-12-01T00:00:00+01:00")],
    [
      "verified at another moment, too early",
      dates("2026-11-23T00:00:00Z").replace("after", "before"),
      dates("2026-11-22T00:00:00Z").replace("after", "before"),
    ],
    ["behind the prefix of newer Go", `tls: failed to verify certificate: ${HINT}`, HINT],
    ["behind the prefix of older servers", `tls: failed to verify client certificate: ${HINT}`, HINT],
    [
      "with the advice of older Go",
      "insecure algorithm SHA1-RSA (temporarily override with GODEBUG=x509sha1=1)",
      "insecure algorithm SHA1-RSA",
    ],
  ])("%s", (_, a, b) => {
    expect(sameTlsText(a, b)).toBe(true);
  });

  it.each([
    ["another candidate", HINT, HINT.replace("keda-operator", "KEDA")],
    ["another end", dates("2026-11-23T02:19:16Z"), dates("2026-11-23T02:19:16Z", "2027-01-01T00:00:00Z")],
    ["before instead of after", dates("x"), dates("x").replace("after", "before")],
    ["a hint or none", HINT, "x509: certificate signed by unknown authority"],
  ])("not with %s", (_, a, b) => {
    expect(sameTlsText(a, b)).toBe(false);
  });
});
