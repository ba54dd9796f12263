import { randomBytes } from "node:crypto";

/** Operation codes of WebSocket frames (RFC 6455, 5.2). */
export const opcode = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** More than any TLS record of a handshake. */
const LONGEST = 1024 * 1024;

/** One whole frame as a client sends it: final, masked. */
export function encodeFrame({ opcode: code, payload }: Frame): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; i++) masked.writeUInt8(masked.readUInt8(i) ^ mask.readUInt8(i % 4), i);
  return Buffer.concat([header(code, payload.length), mask, masked]);
}

function header(code: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | code, 0x80 | length]);
  if (length < 0x1_0000) return Buffer.from([0x80 | code, 0x80 | 126, length >> 8, length & 0xff]);
  const long = Buffer.from([0x80 | code, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  long.writeBigUInt64BE(BigInt(length), 2);
  return long;
}

/** Cuts what a server sends into frames; fragments of a message come out one by one. The returned function throws on a frame that is too long. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let frame = cut(rest); frame !== undefined; frame = cut(rest)) {
      rest = rest.subarray(frame.size);
      onFrame(frame);
    }
  };
}

function cut(bytes: Buffer): (Frame & { readonly size: number }) | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = start === 10 ? Number(bytes.readBigUInt64BE(2)) : start === 4 ? bytes.readUInt16BE(2) : short;
  if (length > LONGEST) throw new Error(`a WebSocket frame of ${length} bytes`);
  if (bytes.length < start + length) return undefined;
  return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(start, start + length), size: start + length };
}
