import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientSettings, type Delivered, failureCode } from "../aws/client.ts";

export interface Message {
  readonly queue: string;
  readonly body: string;
}

/** Never throws. */
export type Send = (message: Message) => Promise<Delivered>;

function whyOf(code: string, { queue }: Message, region: string): string {
  if (/AccessDenied/.test(code)) return `no permission for sqs:SendMessage on ${queue}: allow it`;
  if (/QueueDoesNotExist|NonExistentQueue/.test(code)) return `there is no queue ${queue} in ${region}`;
  if (/Expired|UnrecognizedClient|Signature|InvalidClientTokenId/.test(code))
    return "AWS does not take the credentials";
  return "it is repeated later";
}

/** One message to a standard queue; repeated by the SDK where that may help. */
export function sendMessage(region: string, client = new SQSClient(clientSettings(region))): Send {
  return async (message) => {
    try {
      await client.send(new SendMessageCommand({ QueueUrl: message.queue, MessageBody: message.body }));
      return { taken: true };
    } catch (error) {
      const code = failureCode(error);
      return { taken: false, code, why: whyOf(code, message, region) };
    }
  };
}
