import { Duplex } from "node:stream";
import { messageOf } from "../../core/thrown.ts";
import { encodeFrame, type Frame, frameReader, opcode } from "./frame.ts";
import type { Upgraded } from "./upgrade.ts";

const DATA = 0;
const ERROR = 1;

/** The bytes of one forwarded port as a stream. kubelet's word that it cannot forward ends it with that error. */
export class ForwardedStream extends Duplex {
  readonly #socket: Duplex;
  /** Channels whose first message, two bytes of port number, has come. */
  readonly #begun = new Set<number>();
  #opcode: number = opcode.binary;
  #channel = DATA;

  constructor({ socket, head }: Upgraded) {
    super();
    this.#socket = socket;
    const read = frameReader((frame) => this.#take(frame));
    const feed = (chunk: Buffer): void => {
      try {
        read(chunk);
      } catch (error) {
        this.destroy(forwardError(messageOf(error)));
      }
    };
    socket.on("data", feed);
    socket.once("close", () => this.destroy(forwardError("the API server closed the connection")));
    if (head.length > 0) feed(head);
  }

  #take(frame: Frame): void {
    if (frame.opcode === opcode.ping) this.#socket.write(encodeFrame({ ...frame, opcode: opcode.pong }));
    else if (frame.opcode === opcode.close) this.destroy(forwardError("the API server ended the port-forward"));
    else if (frame.opcode !== opcode.pong) this.#message(frame);
  }

  #message({ opcode: code, payload }: Frame): void {
    if (code !== opcode.continuation) [this.#opcode, this.#channel] = [code, payload[0] ?? DATA];
    const content = code === opcode.continuation ? payload : payload.subarray(1);
    const begun = this.#begun.has(this.#channel);
    this.#begun.add(this.#channel);
    const bytes = begun ? content : content.subarray(2);
    if (bytes.length === 0 || this.#opcode !== opcode.binary) return;
    if (this.#channel === ERROR) this.destroy(forwardError(bytes.toString("utf8").trim()));
    else if (this.#channel === DATA) this.push(bytes);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const payload = Buffer.concat([Buffer.from([DATA]), chunk]);
    this.#socket.write(encodeFrame({ opcode: opcode.binary, payload }), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

const forwardError = (message: string): Error => Object.assign(new Error(message), { code: "EPORTFORWARD" });
