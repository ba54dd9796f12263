import type { Emitter } from "../../ports/emitter.ts";
import { type AwsSender, awsEmitter } from "../aws/emitter.ts";
import type { Send } from "./send.ts";

export interface QueueEmitterSettings extends AwsSender {
  /** The queue's URL. */
  readonly queue: string;
  /** Default: the SDK. */
  readonly send?: Send;
}

async function sdkSend(region: string): Promise<Send> {
  const { sendMessage } = await import("./send.ts");
  return sendMessage(region);
}

/** As messages of one SQS queue. */
export function queueEmitter(settings: QueueEmitterSettings): Emitter {
  const { queue, region } = settings;
  return awsEmitter(settings, {
    name: "queue",
    load: async () => {
      const send = settings.send ?? (await sdkSend(region));
      return (_event, body) => send({ queue, body });
    },
  });
}

const requests: ReadonlySet<string> = new Set([
  "dev.kedamedic.restart.requested.v1",
  "dev.kedamedic.pods.end-requested.v1",
]);

/** Requests to restart go to the queue that only restart reads, everything else goes where it went. */
export const requestsTo = (queue: Emitter, others: Emitter): Emitter => ({
  emit: (event) => (requests.has(event.type) ? queue : others).emit(event),
});
