import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { messageOf } from "../../core/thrown.ts";

export interface Message {
  readonly queue: string;
  readonly body: string;
}

/** `code` as AWS names it, `why` for a person: what to do about it. */
export type Sent = { readonly taken: true } | { readonly taken: false; readonly code: string; readonly why: string };

/** Never throws. */
export type Send = (message: Message) => Promise<Sent>;

const nameOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "name" in error ? String(error.name) : "Unknown";

function whyOf(code: string, { queue }: Message, region: string): string {
  if (/AccessDenied/.test(code)) return `no permission for sqs:SendMessage on ${queue}: allow it`;
  if (/QueueDoesNotExist|NonExistentQueue/.test(code)) return `there is no queue ${queue} in ${region}`;
  if (/Expired|UnrecognizedClient|Signature|InvalidClientTokenId/.test(code))
    return "AWS does not take the credentials";
  return "it is repeated later";
}

/** One message to a standard queue; repeated by the SDK where that may help. */
export function sendMessage(region: string, client = clientFor(region)): Send {
  return async (message) => {
    try {
      await client.send(new SendMessageCommand({ QueueUrl: message.queue, MessageBody: message.body }));
      return { taken: true };
    } catch (error) {
      const code = nameOf(error) === "Error" ? messageOf(error).slice(0, 100) : nameOf(error);
      return { taken: false, code, why: whyOf(code, message, region) };
    }
  };
}

const clientFor = (region: string): SQSClient =>
  new SQSClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
  });
