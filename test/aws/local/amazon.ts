import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { createTable, startDynalite } from "../../edge/dynamodb/table.ts";
import { type BusEvent, queuesFor, readerOf, receivesOf } from "./wiring.ts";

/** One call of the SDK: who, and what by IAM's name. */
export interface Call {
  readonly accessKeyId: string;
  readonly action: string;
}

/** Hands an event to a function and gives its answer; throws when the function throws. */
export type Invoke = (name: string, event: unknown) => Promise<unknown>;

export interface Amazon {
  /** `AWS_ENDPOINT_URL` of the functions. */
  readonly url: string;
  readonly calls: readonly Call[];
  readonly events: readonly BusEvent[];
  /** Bodies of messages that were handed over in vain too often. */
  readonly deadLetters: readonly string[];
  /** Who runs the functions; messages wait until somebody does. */
  runBy(invoke: Invoke): void;
  /** Puts a message into a queue of the stack. */
  deliver(queue: string, body: string): void;
  /** Stops delivering, and resolves when nothing is on its way any more. */
  close(): Promise<void>;
}

interface Entry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

const services: Readonly<Record<string, string>> = { DynamoDB_20120810: "dynamodb", AWSEvents: "events" };

/** AWS, "Using Lambda with Amazon SQS": one record. */
const record = (queue: string, body: string, receives: number, messageId: string): unknown => ({
  messageId,
  receiptHandle: randomUUID(),
  body,
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(Date.now()),
    SenderId: "AIDAIENQZJOLO23YVJ4VO",
    ApproximateFirstReceiveTimestamp: String(Date.now()),
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: `arn:aws:sqs:eu-west-1:111122223333:${queue}`,
  awsRegion: "eu-west-1",
});

/** DynamoDB by dynalite, EventBridge and SQS by the rules and queues of infra/aws/messages.yml. */
export async function startAmazon(table: string): Promise<Amazon> {
  const dynamo = await startDynalite();
  await createTable(dynamo.client(), table);
  const made = { calls: [] as Call[], events: [] as BusEvent[], deadLetters: [] as string[] };
  const onTheWay = new Set<Promise<void>>();
  let invoke: Invoke | undefined;
  let open = true;

  /** Whether the function took the message. */
  async function taken(queue: string, message: unknown): Promise<boolean> {
    while (invoke === undefined && open) await sleep(20);
    try {
      const answer = await invoke?.(readerOf(queue), { Records: [message] });
      return ((answer as { readonly batchItemFailures?: readonly unknown[] }).batchItemFailures ?? []).length === 0;
    } catch {
      return false;
    }
  }
  async function hand(queue: string, body: string): Promise<void> {
    const messageId = randomUUID();
    for (let receives = 1; receives <= receivesOf(queue); receives += 1) {
      if (!open || (await taken(queue, record(queue, body, receives, messageId)))) return;
      await sleep(500);
    }
    made.deadLetters.push(body);
  }
  const deliver = (queue: string, body: string): void => {
    const job = hand(queue, body).finally(() => onTheWay.delete(job));
    onTheWay.add(job);
  };

  function put({ Entries }: { readonly Entries: readonly Entry[] }): unknown {
    const ids = Entries.map(({ Source, DetailType, Detail }) => {
      const event: BusEvent = {
        version: "0",
        id: randomUUID(),
        "detail-type": DetailType,
        source: Source,
        account: "111122223333",
        time: new Date().toISOString(),
        region: "eu-west-1",
        resources: [],
        detail: JSON.parse(Detail),
      };
      made.events.push(event);
      for (const queue of queuesFor(event)) deliver(queue, JSON.stringify(event));
      return { EventId: event.id };
    });
    return { FailedEntryCount: 0, Entries: ids };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = String(request.headers["x-amz-target"]);
    const [service = "", operation = ""] = target.split(".");
    const accessKeyId = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    made.calls.push({ accessKeyId, action: `${services[service] ?? service}:${operation}` });
    const body = await text(request);
    if (service === "AWSEvents") {
      response
        .writeHead(200, { "content-type": "application/x-amz-json-1.1" })
        .end(JSON.stringify(put(JSON.parse(body))));
      return;
    }
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer: Response = await fetch(dynamo.url, {
      method: "POST",
      headers: headers as Record<string, string>,
      body,
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ...made,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runBy: (run) => {
      invoke = run;
    },
    deliver,
    async close() {
      open = false;
      await Promise.all(onTheWay);
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await dynamo.close();
    },
  };
}
