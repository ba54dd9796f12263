import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import type { FunctionName } from "../images.ts";
import { region } from "./package.ts";
import type { Mapping, Queue, Stack } from "./stack.ts";

export type Invoke = (name: FunctionName, event: unknown) => Promise<unknown>;

/** The queues of the stack, and what Lambda does between a queue and a function. */
export interface Queues {
  send(queue: string, body: string): Promise<void>;
  /** Messages are handed over from now on. */
  readTo(invoke: Invoke): void;
  /** How many messages failed too often. */
  deadLetters(): Promise<number>;
  close(): Promise<void>;
}

/** AWS Lambda developer guide, "Using Lambda with Amazon SQS": one record. */
const recordOf = (message: Message, queue: string) => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: {},
  md5OfBody: message.MD5OfBody,
  eventSource: "aws:sqs",
  eventSourceARN: `arn:aws:sqs:${region}:111122223333:${queue}`,
  awsRegion: region,
});

export async function startQueues({ queues, mappings }: Stack): Promise<Queues> {
  const server = await startFauxqs({ port: 0, logger: false, host: "127.0.0.1", defaultRegion: region });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new SQSClient({ region, endpoint, credentials: { accessKeyId: "lambda", secretAccessKey: "lambda" } });
  const made = new Map<string, { readonly url: string; readonly arn: string }>();
  const make = ({ id, name, visibilityTimeout, deadLetters, receives }: Queue): void => {
    const dead = deadLetters === undefined ? undefined : made.get(deadLetters)?.arn;
    const redrive = { deadLetterTargetArn: dead, maxReceiveCount: receives };
    const { queueUrl, queueArn } = server.createQueue(name, {
      region,
      attributes: {
        VisibilityTimeout: String(visibilityTimeout),
        ...(dead === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
      },
    });
    made.set(id, { url: queueUrl.replace(/^https?:\/\/[^/]+/, endpoint), arn: queueArn });
  };
  // The one of dead letters first: others name it.
  for (const queue of [...queues].sort((one, other) => one.receives - other.receives)) make(queue);
  const urlOf = (id: string): string => made.get(id)?.url ?? "";
  let open = true;

  async function receive({ queue, batchSize, window }: Mapping): Promise<readonly Message[]> {
    const ask = async (most: number): Promise<readonly Message[]> => {
      const asked = { QueueUrl: urlOf(queue), MaxNumberOfMessages: most, WaitTimeSeconds: 0 };
      return (await client.send(new ReceiveMessageCommand(asked))).Messages ?? [];
    };
    const first = await ask(batchSize);
    if (first.length === 0 || first.length === batchSize || window === 0) return first;
    await sleep(window);
    return [...first, ...(await ask(batchSize - first.length))];
  }

  /** What failed stays, and is shown again after its visibility timeout. */
  async function hand({ queue, reader }: Mapping, messages: readonly Message[], invoke: Invoke): Promise<void> {
    const name = queues.find(({ id }) => id === queue)?.name ?? "";
    try {
      const answer = await invoke(reader, { Records: messages.map((message) => recordOf(message, name)) });
      const { batchItemFailures = [] } = answer as { batchItemFailures?: readonly { itemIdentifier: string }[] };
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { MessageId = "", ReceiptHandle } of messages)
        if (!failed.has(MessageId))
          await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(queue), ReceiptHandle }));
    } catch {
      // The whole batch failed.
    }
  }

  async function read(mapping: Mapping, invoke: Invoke): Promise<void> {
    const underWay = new Set<Promise<void>>();
    while (open) {
      const messages = underWay.size < mapping.concurrency ? await receive(mapping).catch(() => []) : [];
      if (messages.length === 0) {
        await sleep(50);
        continue;
      }
      const handing: Promise<void> = hand(mapping, messages, invoke).finally(() => underWay.delete(handing));
      underWay.add(handing);
    }
  }

  return {
    send: async (queue, body) => {
      await client.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody: body }));
    },
    readTo: (invoke) => {
      for (const mapping of mappings) void read(mapping, invoke);
    },
    deadLetters: async () => {
      const [dead] = queues.filter(({ receives }) => receives === 0);
      const asked = { QueueUrl: urlOf(dead?.id ?? ""), AttributeNames: ["ApproximateNumberOfMessages" as const] };
      const { Attributes } = await client.send(new GetQueueAttributesCommand(asked));
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    },
    close: async () => {
      open = false;
      client.destroy();
      await server.stop();
    },
  };
}
