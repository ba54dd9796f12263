import type { Clock } from "../../ports/clock.ts";
import type { Emitter, OutgoingEvent } from "../../ports/emitter.ts";
import type { Log } from "../../ports/log.ts";
import { sourceOf } from "../cloudevents/emit.ts";
import type { Send } from "./send.ts";

export interface QueueEmitterSettings {
  /** The queue's URL. */
  readonly queue: string;
  readonly region: string;
  readonly cluster: string;
  readonly role: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: the SDK, loaded at the first event. */
  readonly send?: Send;
}

async function sdkSend(region: string): Promise<Send> {
  const { sendMessage } = await import("./send.ts");
  return sendMessage(region);
}

/** SQS takes 1 MiB since 2026 and took 256 KB before; a request to restart has 500 bytes, and a giant is a mistake. */
const most = 256 * 1024;

/** Our CloudEvents, structured, as messages of one SQS queue. Only codes are logged. What fails is repeated by sweep. */
export function queueEmitter(settings: QueueEmitterSettings): Emitter {
  const { queue, region, log, clock } = settings;
  let send: Promise<Send> | undefined;
  const bodyOf = async (event: OutgoingEvent): Promise<string> => {
    const { buildPost } = await import("../cloudevents/build.ts");
    const source = sourceOf(settings.cluster, settings.role);
    return buildPost(event, { source, time: clock.now(), extensions: {} }).body;
  };
  return {
    emit: async (event) => {
      try {
        const body = await bodyOf(event);
        if (Buffer.byteLength(body) > most) {
          log.error("event is too large for the queue", { type: event.type, id: event.id });
          return false;
        }
        send ??= settings.send === undefined ? sdkSend(region) : Promise.resolve(settings.send);
        const done = await (await send)({ queue, body });
        if (done.taken) return true;
        log.warn("the queue did not take an event", { type: event.type, id: event.id, code: done.code, why: done.why });
      } catch {
        log.error("event cannot be built", { type: event.type, id: event.id });
      }
      return false;
    },
  };
}

const requests: ReadonlySet<string> = new Set([
  "dev.kedamedic.restart.requested.v1",
  "dev.kedamedic.pods.end-requested.v1",
]);

/** Requests to restart go to the queue that only restart reads, everything else goes where it went. */
export const requestsTo = (queue: Emitter, others: Emitter): Emitter => ({
  emit: (event) => (requests.has(event.type) ? queue : others).emit(event),
});
