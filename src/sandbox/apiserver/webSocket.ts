import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";

/** A server's half of RFC 6455: the accepting answer, and whole binary messages without extensions. */

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BINARY = 2;
const CLOSE = 8;

export function acceptWebSocket(socket: Duplex, key: string, protocol: string): void {
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
}

export function sendMessage(socket: Duplex, payload: Buffer): void {
  if (socket.writable) socket.write(Buffer.concat([header(payload.length), payload]));
}

function header(length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | BINARY, length]);
  const long = length > 0xffff;
  const bytes = Buffer.alloc(long ? 10 : 4);
  bytes.writeUInt8(0x80 | BINARY, 0);
  bytes.writeUInt8(long ? 127 : 126, 1);
  if (long) bytes.writeBigUInt64BE(BigInt(length), 2);
  else bytes.writeUInt16BE(length, 2);
  return bytes;
}

/** Calls back with every binary message of a client; `undefined` when it closes. */
export function messageReader(onMessage: (payload: Buffer | undefined) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let frame = cut(rest); frame !== undefined; frame = cut(rest)) {
      rest = rest.subarray(frame.size);
      if (frame.code === BINARY) onMessage(frame.payload);
      if (frame.code === CLOSE) onMessage(undefined);
    }
  };
}

interface Frame {
  readonly code: number;
  readonly payload: Buffer;
  readonly size: number;
}

/** The first whole frame, unmasked; undefined when it is not complete yet. */
function cut(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const at = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < at + 4) return undefined;
  const length = at === 10 ? Number(bytes.readBigUInt64BE(2)) : at === 4 ? bytes.readUInt16BE(2) : short;
  const start = at + 4;
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(at, start);
  const payload = Buffer.from(bytes.subarray(start, start + length)).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return { code: bytes.readUInt8(0) & 0x0f, payload: Buffer.from(payload), size: start + length };
}
