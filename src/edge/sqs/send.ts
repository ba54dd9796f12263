import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientSettings } from "../aws/client.ts";
import type { Delivered } from "../aws/emitter.ts";
import { failureCode, kindOf, sentenceFor } from "../aws/fault.ts";

export interface Message {
  readonly queue: string;
  readonly body: string;
}

/** Never throws. */
export type Send = (message: Message) => Promise<Delivered>;

/** One message to a standard queue; repeated by the SDK where that may help. */
export function sendMessage(region: string, client = new SQSClient(clientSettings(region))): Send {
  return async (message) => {
    try {
      await client.send(new SendMessageCommand({ QueueUrl: message.queue, MessageBody: message.body }));
      return { taken: true };
    } catch (error) {
      const code = failureCode(error);
      const call = { action: "sqs:SendMessage", what: `queue ${message.queue}`, region };
      return { taken: false, code, why: sentenceFor(kindOf(error), code, call) };
    }
  };
}
