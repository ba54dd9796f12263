import { describe, expect, test } from "@jest/globals";
import { readHopBLog } from "../../../src/flow/read/logs.ts";

const T = "2026-11-23T17:05:01.218816Z";
const at = Date.parse(T);
const addr = (port = 9666) =>
  `{Addr: "keda-operator.keda.svc.cluster.local:${port}", ServerName: "keda-operator.keda.svc.cluster.local:${port}", }`;
const failed = (err: string, port = 9666) =>
  `W1123 17:05:01.218816     169 logging.go:59] [core] [Channel #1 SubChannel #2] grpc: addrConn.createTransport failed to connect to ${addr(port)}. Err: connection error: desc = "${err}"`;
const read = (...lines: readonly string[]) => readHopBLog(lines.join("\n"), 9666);

const x509 =
  'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "keda-operator")';
const escaped = `transport: authentication handshake failed: tls: failed to verify certificate: ${x509.replaceAll('"', '\\"')}`;

describe("a TLS failure on hop B", () => {
  test("KEDA 2.13, verbatim", () => {
    expect(read(`${T} ${failed(escaped)}`).tlsFailure).toEqual({ at, text: x509 });
  });

  test("an old Go without its own prefix", () => {
    const bare = escaped.replace("tls: failed to verify certificate: ", "");
    expect(read(`${T} ${failed(bare)}`).tlsFailure?.text).toBe(x509);
  });

  test("an alert in the server's preface", () => {
    const err = "error reading server preface: remote error: tls: unknown certificate authority";
    expect(read(`${T} ${failed(err)}`).tlsFailure?.text).toBe("remote error: tls: unknown certificate authority");
  });

  test("an address by IP", () => {
    const line = failed(escaped).replace(
      'Addr: "keda-operator.keda.svc.cluster.local:9666"',
      'Addr: "10.0.201.232:9666"',
    );
    expect(read(`${T} ${line}`).tlsFailure?.text).toBe(x509);
  });

  test("a line that is cut off gives no text that passes for another one", () => {
    const { tlsFailure } = read(`${T} ${failed(escaped).slice(0, -60)}`);
    expect(tlsFailure?.text).toMatch(/^x509: certificate signed by unknown authority/);
    expect(tlsFailure?.text).not.toBe("x509: certificate signed by unknown authority");
  });

  test("the newest one counts", () => {
    const { tlsFailure } = read(`2026-11-23T17:04:00Z ${failed("x509: first")}`, `${T} ${failed("x509: second")}`);
    expect(tlsFailure).toEqual({ at, text: "x509: second" });
  });
});

describe("not hop B, in the same words", () => {
  test.each([
    [
      "authentication.go: the front proxy",
      `E1123 17:05:01.2 1 authentication.go:70] "Unable to authenticate the request" err="verifying certificate SN=361 failed: x509: certificate signed by unknown authority"`,
    ],
    ["another channel's port", failed(escaped, 4317)],
    ["a port that begins the same", failed(escaped, 96660)],
    ["a line of something else", "I1123 17:05:01.2 1 main.go:1] x509: certificate signed by unknown authority 9666"],
  ])("%s", (_, line) => {
    const { tlsFailure, networkFailure } = read(`${T} ${line}`);
    expect([tlsFailure, networkFailure]).toEqual([undefined, undefined]);
  });

  test("the port is the one that is dialled here", () => {
    expect(readHopBLog(`${T} ${failed(escaped, 9777)}`, 9777).tlsFailure?.text).toBe(x509);
  });
});

describe("network, which may call itself a handshake", () => {
  test.each([
    [
      "transport: authentication handshake failed: read tcp 10.96.0.1:5->10.96.0.2:9666: read: connection reset by peer",
      "read tcp 10.96.0.1:5->10.96.0.2:9666: read: connection reset by peer",
    ],
    [
      "transport: Error while dialing: dial tcp 10.0.201.232:9666: connect: connection refused",
      "dial tcp 10.0.201.232:9666: connect: connection refused",
    ],
    [
      "transport: Error while dialing: dial tcp: lookup keda-operator.a-m.svc.cluster.local on 10.2.1.2:53: no such host",
      "dial tcp: lookup keda-operator.a-m.svc.cluster.local on 10.2.1.2:53: no such host",
    ],
    ["error reading server preface: EOF", "EOF"],
    ["transport: authentication handshake failed: EOF", "EOF"],
    ["something nobody knows", "connection failed"],
  ])("%s", (err, text) => {
    const { tlsFailure, networkFailure } = read(`${T} ${failed(err)}`);
    expect([tlsFailure, networkFailure]).toEqual([undefined, { at, text }]);
  });
});

describe("the provider's own lines", () => {
  const old = (msg: string) =>
    `I1123 17:05:01.2 1 provider.go:66] keda_metrics_adapter/provider ${msg} "server"="keda-operator.keda.svc.cluster.local:9666"`;
  const young = (msg: string) =>
    `E1118 11:13:16.066779 1 provider.go:89] ${msg} "logger"="keda_metrics_adapter.provider" "server"="keda-operator.keda.svc.cluster.local:9666"`;
  const established = '"msg"="Connection to KEDA Metrics Service gRPC server has been successfully established"';
  const timeout =
    '"msg"="timeout" "error"="timeout while waiting to establish gRPC connection to KEDA Metrics Service server"';

  test.each([
    ["2.13", old],
    ["2.15 and later", young],
  ])("%s", (_, line) => {
    expect(read(`${T} ${line(established)}`)).toEqual({ since: at, established: at });
    expect(read(`${T} ${line(timeout)}`)).toEqual({ since: at, timedOut: at });
  });
});

describe("timestamps as kubelet writes them", () => {
  test("in the node's own time zone", () => {
    expect(read(`2026-11-24T01:05:01.218816000+08:00 ${failed(escaped)}`).tlsFailure?.at).toBe(
      Date.parse("2026-11-23T17:05:01.218Z"),
    );
  });

  test("with nine digits", () => {
    expect(read(`2026-11-23T17:05:01.218816123Z ${failed(escaped)}`).tlsFailure?.at).toBe(
      Date.parse("2026-11-23T17:05:01.218Z"),
    );
  });

  test.each(["", "no time at all", `${failed(escaped)}`, `2026-13-45T99:00:00Z ${failed(escaped)}`])(
    "a line without one is passed over: %#",
    (line) => {
      expect(read(line)).toEqual({});
    },
  );

  test("since is the first line that was read", () => {
    expect(read("2026-11-23T17:00:00Z hello", `${T} world`).since).toBe(Date.parse("2026-11-23T17:00:00Z"));
  });

  test("Windows line ends and a log cut in its middle do no harm", () => {
    expect(read("53Z rest of a line\r", `${T} ${failed(escaped)}\r`, "").tlsFailure?.text).toBe(x509);
  });
});

describe("KEDA 2.9 and 2.10 print the address over several lines", () => {
  // keda#5052: as logged by 2.10, with kubelet's timestamps.
  const printed = (error: string, port = 9666): string =>
    [
      "W1004 22:54:13.289988       1 logging.go:59] [core] [Channel #1 SubChannel #2] grpc: addrConn.createTransport failed to connect to {",
      `  "Addr": "keda-operator.keda.svc.cluster.local:${port}",`,
      `  "ServerName": "keda-operator.keda.svc.cluster.local:${port}",`,
      '  "Attributes": null,',
      '  "BalancerAttributes": null,',
      '  "Type": 0,',
      '  "Metadata": null',
      `}. Err: connection error: desc = "${error}"`,
    ]
      .map((line, i) => `2026-11-23T17:05:01.${100 + i}Z ${line}`)
      .join("\n");
  const at = Date.parse("2026-11-23T17:05:01.100Z");

  test("a TLS failure is read whole", () => {
    const text = printed("transport: authentication handshake failed: x509: certificate signed by unknown authority");
    expect(readHopBLog(text, 9666)).toMatchObject({
      tlsFailure: { at, text: "x509: certificate signed by unknown authority" },
    });
  });

  test("a network failure is none of TLS", () => {
    const text = printed("transport: Error while dialing: dial tcp 10.0.0.1:9666: connect: connection timed out");
    expect(readHopBLog(text, 9666)).toMatchObject({ networkFailure: { at } });
    expect(readHopBLog(text, 9666)).not.toHaveProperty("tlsFailure");
  });

  test("another channel's port is not hop B's, and what is cut off is left out", () => {
    const refused = "transport: authentication handshake failed: x509: certificate signed by unknown authority";
    expect(readHopBLog(printed(refused, 2379), 9666)).not.toHaveProperty("tlsFailure");
    const cut = printed(refused).split("\n").slice(0, -1).join("\n");
    expect(Object.keys(readHopBLog(cut, 9666))).toEqual(["since"]);
  });
});

describe("a client certificate that was not accepted, on hop A", () => {
  const line = (err: string) =>
    `${T} E1123 17:05:01.218816       1 authentication.go:73] "Unable to authenticate the request" err="${err}"`;
  const why =
    "verifying certificate SN=3619808121304323725, SKID=, AKID=BD:E4:E4 failed: x509: certificate signed by unknown authority";

  test("is kept in its own words, and is nothing about hop B (keda#7308)", () => {
    expect(read(line(why))).toEqual({ since: at, unauthenticated: { at, text: why } });
  });

  test("one of several errors", () => {
    const several = `[invalid bearer token, ${why}]`;
    expect(read(line(several)).unauthenticated?.text).toBe(why);
  });

  test("with a hint that is quoted in it, up to the quote", () => {
    const hinted = `${why} (possibly because of \\"crypto/rsa: verification error\\")`;
    expect(read(line(hinted)).unauthenticated?.text).toBe(`${why} (possibly because of`);
  });

  test.each(["invalid bearer token", "[invalid bearer token, context canceled]"])("not for %s", (err) => {
    expect(read(line(err)).unauthenticated).toBeUndefined();
  });
});
