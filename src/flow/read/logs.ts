import { innermostTlsText } from "../../core/certificate/text.ts";
import type { HopBLog, LoggedFailure } from "../../core/evidence.ts";
import { asInstant } from "./json.ts";

/** `2026-11-23T17:05:01.218816Z <line>`, as kubelet gives it with timestamps=true: in the node's own time zone. */
const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (.*)$/;

const established = "gRPC server has been successfully established";
const timedOut = "timeout while waiting to establish gRPC connection";
const failedConnect = "grpc: addrConn.createTransport failed to connect to";

/** Network words of Go's net package and of grpc-go inside a createTransport line. */
const networkText =
  /(dial tcp[^"]*|read tcp[^"]*|write tcp[^"]*|connection reset by peer|EOF|failed to do connect handshake[^"]*)/;

function failureOf(line: string): { kind: "tls" | "network"; text: string } {
  const tls = innermostTlsText(line);
  if (tls !== undefined) return { kind: "tls", text: tls };
  return { kind: "network", text: networkText.exec(line)?.[1]?.trim() ?? "connection failed" };
}

interface Reading {
  established?: number;
  timedOut?: number;
  since?: number;
  tlsFailure?: LoggedFailure;
  networkFailure?: LoggedFailure;
}

function take(reading: Reading, at: number, line: string): void {
  reading.since ??= at;
  if (line.includes(established)) reading.established = at;
  else if (line.includes(timedOut)) reading.timedOut = at;
  else if (line.includes(failedConnect)) {
    const { kind, text } = failureOf(line);
    if (kind === "tls") reading.tlsFailure = { at, text };
    else reading.networkFailure = { at, text };
  }
}

/**
 * The newest line of each kind about hop B. Only `createTransport` lines count: the same x509 words in
 * `authentication.go` ("Unable to authenticate the request") are about the front proxy, not about hop B (keda#7308).
 * A failure is attributed to hop B when the line names the dialled port.
 */
export function readHopBLog(text: string, port: number): HopBLog {
  const reading: Reading = {};
  for (const raw of text.split(/\r?\n/)) {
    const [, time, line] = stamped.exec(raw) ?? [];
    const at = asInstant(time);
    if (at === undefined || line === undefined) continue;
    if (line.includes(failedConnect) && !line.includes(`:${port}"`)) continue;
    take(reading, at, line);
  }
  return reading;
}
