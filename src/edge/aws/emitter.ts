import type { Emitter, OutgoingEvent } from "../../ports/emitter.ts";
import type { Log } from "../../ports/log.ts";
import { postOf, type Sender } from "../cloudevents/emit.ts";
import type { Delivered } from "./client.ts";

export interface AwsSender extends Sender {
  readonly region: string;
  readonly log: Log;
}

/** Hands over one event, its structured form in `body`. Never throws. */
export type Deliver = (event: OutgoingEvent, body: string) => Promise<Delivered>;

/** What takes events. */
export interface Receiver {
  /** In the log: `the bus did not take an event`. */
  readonly name: "bus" | "queue";
  /** Called at the first event: most invocations emit nothing and load no SDK. */
  load(): Promise<Deliver>;
}

/** EventBridge takes 1 MB an entry, SQS 1 MiB a message, and 256 KB before 2026. Ours have 5 KB, and a giant is a mistake. */
const most = 256 * 1024;

/**
 * Our CloudEvents, structured, to a service of AWS: id, time and trace survive. Only codes are logged, never an event.
 * What fails is repeated by sweep.
 */
export function awsEmitter(sender: AwsSender, { name, load }: Receiver): Emitter {
  const { log } = sender;
  let deliver: Promise<Deliver> | undefined;
  return {
    emit: async (event) => {
      const { type, id } = event;
      try {
        const { body } = await postOf(event, sender);
        if (Buffer.byteLength(body) > most) {
          log.error(`event is too large for the ${name}`, { type, id });
          return false;
        }
        deliver ??= load();
        const done = await (await deliver)(event, body);
        if (done.taken) return true;
        log.warn(`the ${name} did not take an event`, { type, id, code: done.code, why: done.why });
      } catch {
        log.error("event cannot be built", { type, id });
      }
      return false;
    },
  };
}
