import { innermostTlsText } from "../../core/certificate/text.ts";
import type { HopBLog, LoggedFailure } from "../../core/evidence.ts";
import { asInstant } from "./json.ts";

/** `2026-11-23T17:05:01.218816Z <line>`, as kubelet gives it with timestamps=true: in the node's own time zone. */
const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (.*)$/;

const established = "gRPC server has been successfully established";
const timedOut = "timeout while waiting to establish gRPC connection";
/** k8s.io/apiserver `authentication.go`, of a client certificate that no CA of the kind it is for has signed. */
const unauthenticated =
  /Unable to authenticate the request.*?(verifying certificate [^"\]]{1,300}? failed: x509: [^"\]\\]{1,300})/;
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
  unauthenticated?: LoggedFailure;
}

function take(reading: Reading, at: number, line: string): void {
  reading.since ??= at;
  if (line.includes(established)) reading.established = at;
  else if (line.includes(timedOut)) reading.timedOut = at;
  else if (line.includes(failedConnect)) {
    const { kind, text } = failureOf(line);
    if (kind === "tls") reading.tlsFailure = { at, text };
    else reading.networkFailure = { at, text };
  } else {
    const text = unauthenticated.exec(line)?.[1]?.trim();
    if (text !== undefined) reading.unauthenticated = { at, text };
  }
}

interface Line {
  readonly at: number;
  readonly text: string;
}

/** grpc-go before 1.54 (KEDA 2.9 and 2.10) prints the address as JSON over about eight lines. */
const mostJoined = 16;

function stampedLines(text: string): readonly Line[] {
  return text.split(/\r?\n/).flatMap((raw) => {
    const [, time, line] = stamped.exec(raw) ?? [];
    const at = asInstant(time);
    return at === undefined || line === undefined ? [] : [{ at, text: line }];
  });
}

const opensAddress = ({ text }: Line): boolean => text.includes(failedConnect) && text.trimEnd().endsWith("{");

/** An address that was printed over several lines becomes one line again. */
function joined(lines: readonly Line[]): readonly Line[] {
  const whole: Line[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] as Line;
    const rest = opensAddress(line) ? lines.slice(i + 1, i + mostJoined) : [];
    const closing = rest.findIndex(({ text }) => text.startsWith("}"));
    whole.push({ at: line.at, text: [line, ...rest.slice(0, closing + 1)].map(({ text }) => text).join(" ") });
    i += closing + 1;
  }
  return whole;
}

/**
 * The newest line of each kind. About hop B only `createTransport` lines count: the same x509 words in
 * `authentication.go` ("Unable to authenticate the request") are about the front proxy, hop A (keda#7308).
 * A failure is attributed to hop B when the line names the dialled port.
 */
export function readHopBLog(text: string, port: number): HopBLog {
  const reading: Reading = {};
  for (const { at, text: line } of joined(stampedLines(text))) {
    if (line.includes(failedConnect) && !line.includes(`:${port}"`)) continue;
    take(reading, at, line);
  }
  return reading;
}
