import { codeOf } from "../../core/thrown.ts";
import type { Emitter, OutgoingEvent } from "../../ports/emitter.ts";
import type { Log } from "../../ports/log.ts";
import { postOf, type Sender } from "../cloudevents/emit.ts";

export interface AwsSender extends Sender {
  readonly region: string;
  readonly log: Log;
}

/** What AWS answers. Of a no: `code` as AWS names it, `why` for a person, what to do about it. */
export type Delivered =
  | { readonly taken: true }
  | { readonly taken: false; readonly code: string; readonly why: string };

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
  let loading: Promise<Deliver> | undefined;
  // What could not be loaded is loaded again for the next event: a failure must not last as long as the process.
  const loaded = (): Promise<Deliver> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    emit: async (event) => {
      const { type, id } = event;
      try {
        const { body } = await postOf(event, sender);
        if (Buffer.byteLength(body) > most) {
          log.error(`event is too large for the ${name}`, { type, id });
          return false;
        }
        const deliver = await loaded();
        const done = await deliver(event, body);
        if (done.taken) return true;
        log.warn(`the ${name} did not take an event`, { type, id, code: done.code, why: done.why });
      } catch (error) {
        log.error(`event could not be handed to the ${name}`, { type, id, code: codeOf(error) });
      }
      return false;
    },
  };
}
