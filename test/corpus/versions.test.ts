import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../src/core/diagnose.ts";
import { minutes } from "../../src/core/instant.ts";
import { reloadsCertificates } from "../../src/core/version.ts";
import { readHopBLog } from "../../src/flow/read/logs.ts";
import { acting } from "../builders/casefile.ts";
import { incident, parentCannotSign } from "../builders/evidence.ts";
import { ago } from "../builders/time.ts";
import { type KedaVersion, unproved, versions } from "./versions.ts";

const host = "keda-operator.keda.svc.cluster.local:9666";
const escaped = parentCannotSign.replaceAll('"', '\\"');
const error = `Err: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: ${escaped}"`;

/** A failed connect as this version formats it, each line with kubelet's time before it. */
function failedConnect({ failedConnect: how, address }: KedaVersion): string {
  const addr = address === "IP" ? "10.96.0.9:9666" : host;
  const head =
    "W1123 17:04:40.0 1 logging.go:59] [core] [Channel #1 SubChannel #2] grpc: addrConn.createTransport failed to connect to {";
  const lines =
    how === "one line"
      ? [`${head}Addr: "${addr}", ServerName: "${host}", }. ${error}`]
      : [head, `  "Addr": "${addr}",`, `  "ServerName": "${host}",`, '  "Attributes": null,', `}. ${error}`];
  return lines.map((line) => `2026-11-23T17:04:40.000000000Z ${line}\n`).join("");
}

const timedOutLine =
  '2026-11-23T17:04:41.000000000Z E1123 17:04:41.0 1 provider.go:91] "timeout" err="timeout while waiting to establish gRPC connection to KEDA Metrics';

describe.each(versions)("KEDA $tag", (version) => {
  test("reloads or not", () => {
    expect(reloadsCertificates(version.tag)).toBe(version.reloads);
  });

  test("its timeout is read", () => {
    expect(readHopBLog(`${timedOutLine} Server"\n`, 9666).timedOut).toBeDefined();
  });

  test("its failed connect is read, or nothing is concluded from it", () => {
    const { tlsFailure, networkFailure } = readHopBLog(failedConnect(version), 9666);
    expect(networkFailure).toBeUndefined();
    if (version.failedConnect === "one line" || tlsFailure !== undefined)
      expect(tlsFailure?.text).toBe(parentCannotSign);
  });

  test("a rotation of three minutes ago is waited for where it reloads, and is the incident where it does not", () => {
    const of = { version: version.tag };
    const e = incident({
      writtenAt: ago(minutes(3)),
      operator: of,
      metricsApiserver: of,
      operatorPods: [{ startedAt: ago(minutes(1)) }],
    });
    expect(diagnose(e, acting).code).toBe(version.reloads ? "ReloadPending" : "MetricsApiserverStale");
  });
});

describe("recorded lines of a stale metrics-apiserver of KEDA 2.17.1", () => {
  const text = readFileSync(new URL("recorded/keda-2.17.1.txt", import.meta.url), "utf8");
  const version = versions.find(({ tag }) => tag === "v2.17.1");

  test("are read as they were meant", () => {
    expect(readHopBLog(text, 9666)).toEqual({
      since: Date.parse("2026-11-24T21:30:01.712Z"),
      established: Date.parse("2026-11-24T21:30:31.312Z"),
      networkFailure: {
        at: Date.parse("2026-11-24T21:30:01.786Z"),
        text: "dial tcp 10.96.127.238:9666: connect: connection refused",
      },
      tlsFailure: { at: Date.parse("2026-11-24T21:32:03.946Z"), text: parentCannotSign },
      timedOut: Date.parse("2026-11-24T21:32:25.153Z"),
    });
  });

  test("are what its source says", () => {
    const failed = text.split("\n").filter((line) => line.includes("createTransport failed to connect to {"));
    expect(failed).toHaveLength(4);
    const ofSource = /connect to \{Addr: "10\.[\d.]+:9666", ServerName: "[a-z.-]+:9666", \}\. Err: connection error: /;
    for (const line of failed) expect(line).toMatch(ofSource);
    const klogr = text.split("\n").filter((line) => /Z [IE]1124 [\d:.]+ +\d+ \w+\.go:\d+\] "msg"="/.test(line));
    expect(klogr).toHaveLength(4);
    expect(version).toMatchObject({
      failedConnect: "one line",
      address: "IP",
      printsEstablished: true,
      logger: "klogr",
    });
  });
});

test("what an HTTP proxy answers is read from the line as grpc-go quotes it", () => {
  const text =
    'desc = "transport: Error while dialing: failed to do connect handshake, response: \\"HTTP/1.1 502 Bad Gateway\\\\r\\\\n\\""';
  const line = `2026-11-23T17:04:40.000000000Z W1123 1 logging.go:59] [core] grpc: addrConn.createTransport failed to connect to {Addr: "${host}", ServerName: "${host}", }. Err: connection error: ${text}\n`;
  const log = readHopBLog(line, 9666);
  expect(diagnose(incident({ log }), acting).code).toBe("HopBProxied");
});

test("every minor of 2.9 to 2.20 is in the table, and what nobody has recorded is said to be unproved", () => {
  const minors = new Set(versions.map(({ tag }) => Number(tag.split(".")[1])));
  expect([...minors]).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  process.stdout.write(`log lines by source only, not recorded: ${unproved.join(", ")}\n`);
});
