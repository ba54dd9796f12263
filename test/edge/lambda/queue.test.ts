import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { toRestartRequest } from "../../../src/edge/cloudevents/own.ts";
import { answerWithin } from "../../../src/edge/hosts/lambda/handler.ts";
import type { QueueResult } from "../../../src/edge/hosts/lambda/queue.ts";
import { queueEmitter, requestsTo } from "../../../src/edge/sqs/emitter.ts";
import { sendMessage } from "../../../src/edge/sqs/send.ts";
import type { OutgoingEvent } from "../../../src/ports/emitter.ts";
import { envelope } from "../cloudevents/requests.ts";
import { remembering } from "../hosts/raw.ts";
import { bus, queue } from "./events.ts";
import { lambdaHost } from "./host.ts";

const good = (id: number) => JSON.stringify(envelope({ id: String(id) }));

describe("a batch of ten", () => {
  test("with three bad ones fails exactly those three, and the log says why", async () => {
    const { handler, handled, lines } = lambdaHost();
    const bodies = [
      good(1),
      "{",
      good(3),
      good(4),
      JSON.stringify(envelope({ id: "" })),
      good(6),
      good(7),
      "[]x",
      good(9),
    ];
    const result = await handler(queue(...bodies, good(10)));
    expect(result).toEqual({ batchItemFailures: ["m2", "m5", "m8"].map((itemIdentifier) => ({ itemIdentifier })) });
    expect(handled.map(({ id }) => id)).toEqual(["1", "3", "4", "6", "7", "9", "10"]);
    expect(lines.map(({ level, fields }) => [level, fields?.["code"], fields?.["message_id"]])).toEqual([
      ["error", "NotJson", "m2"],
      ["error", "MissingId", "m5"],
      ["error", "NotJson", "m8"],
    ]);
  });

  test("fails only what could not be kept, whatever became of the others", async () => {
    const outcomes = ["taken", "parkingFailed", "ignored", "inProgress", "otherCluster"] as const;
    const { handler } = lambdaHost(({ id }) => outcomes[Number(id)] ?? "taken");
    expect(await handler(queue(...outcomes.map((_, i) => good(i))))).toEqual({
      batchItemFailures: ["m2", "m4", "m5"].map((itemIdentifier) => ({ itemIdentifier })),
    });
  });

  test("of which one throws fails that one", async () => {
    const { handler } = lambdaHost(({ id }) => {
      if (id === "2") throw new Error("boom");
      return "taken";
    });
    expect(await handler(queue(good(1), good(2), good(3)))).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
  });

  test("answers an empty list when all is well: no answer at all would mean the same today and is another shape", async () => {
    expect(await lambdaHost().handler(queue(good(1)))).toEqual({ batchItemFailures: [] });
  });

  /** Each message takes so long, out of so much. */
  const timed = (milliseconds: number, each: number) => {
    let left = milliseconds;
    const host = lambdaHost(() => {
      left -= each;
      return "taken";
    });
    return { ...host, context: { getRemainingTimeInMillis: () => left } };
  };
  const ten = Array.from({ length: 10 }, (_, i) => good(i + 1));

  test("gives back what it has no time to begin, and keeps what is done: a timeout would repeat all", async () => {
    const { handler, handled, lines, context } = timed(40_000, 9000);
    const result = await handler(queue(...ten), context);
    // 40, 31 and 22 s are enough to begin; 13 s are not.
    expect(handled.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    const given = ["m4", "m5", "m6", "m7", "m8", "m9", "m10"];
    expect(result).toEqual({ batchItemFailures: given.map((itemIdentifier) => ({ itemIdentifier })) });
    expect(lines).toEqual([
      {
        level: "warn",
        message: "messages of the queue were given back: no time left",
        fields: { code: "NoTimeLeft", count: 7 },
      },
    ]);
  });

  test("is taken whole within the timeout that is deployed, even if every look takes its longest", async () => {
    const { handler, handled, context } = timed(110_000, answerWithin);
    expect(await handler(queue(...ten), context)).toEqual({ batchItemFailures: [] });
    expect(handled).toHaveLength(10);
  });

  test("begins its first message whatever the time: with too short a timeout nothing would ever be done", async () => {
    const { handler, handled, context } = timed(3000, 100);
    expect(await handler(queue(good(1), good(2)), context)).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
    expect(handled).toHaveLength(1);
  });

  test("takes what EventBridge and SNS wrap", async () => {
    const { handler, handled } = lambdaHost();
    const wrapped = JSON.stringify(bus(envelope({ id: "in-bus" })));
    const notified = JSON.stringify({ Type: "Notification", MessageId: "x", Message: good(7) });
    expect(await handler(queue(wrapped, notified, JSON.stringify([envelope({ id: "in-batch" })])))).toEqual({
      batchItemFailures: [],
    });
    expect(handled.map(({ id }) => id)).toEqual(["in-bus", "7", "in-batch"]);
  });
});

describe("a real queue over HTTP", () => {
  const region = "eu-west-1";
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  let server: FauxqsServer;
  let client: SQSClient;
  let url: string;
  let deadUrl: string;
  beforeAll(async () => {
    server = await startFauxqs({ port: 0, logger: false, host: "127.0.0.1", defaultRegion: region });
    const dead = server.createQueue("dead", { region });
    const redrive = JSON.stringify({ deadLetterTargetArn: dead.queueArn, maxReceiveCount: 2 });
    const live = server.createQueue("live", {
      region,
      attributes: { VisibilityTimeout: "1", RedrivePolicy: redrive },
    });
    client = new SQSClient({ region, endpoint: `http://127.0.0.1:${server.port}`, credentials });
    [url, deadUrl] = [live.queueUrl, dead.queueUrl].map((u) =>
      u.replace(/^https?:\/\/[^/]+/, `http://127.0.0.1:${server.port}`),
    ) as [string, string];
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  const receive = async (from: string): Promise<readonly Message[]> =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 })))
      .Messages ?? [];

  /** What a mapping with ReportBatchItemFailures does: receive, invoke, delete what did not fail. */
  async function poll(handler: ReturnType<typeof lambdaHost>["handler"]): Promise<number> {
    const messages = await receive(url);
    if (messages.length === 0) return 0;
    const event = queue(...messages.map(({ Body = "" }) => Body));
    const records = event.Records.map((record, i) => ({ ...record, messageId: messages[i]?.MessageId ?? "" }));
    const { batchItemFailures } = (await handler({ Records: records })) as QueueResult;
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { MessageId = "", ReceiptHandle } of messages)
      if (!failed.has(MessageId)) await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    return messages.length;
  }

  const emitter = (log = remembering().log, to = url) =>
    queueEmitter({
      queue: to,
      region,
      cluster: "prod",
      role: "respond",
      clock: { now: () => 0 },
      log,
      send: sendMessage(region, client),
    });

  const request: OutgoingEvent = {
    id: "prod.keda.abc/restart",
    type: "dev.kedamedic.restart.requested.v1",
    subject: "prod.keda.abc",
    data: { incident: "prod.keda.abc", component: "operator", generation: "a".repeat(64) },
  };

  test("carries requests to restart, poison goes to the dead letter queue and blocks nobody, a failure comes again", async () => {
    let failures = 1;
    const { handler, handled, lines } = lambdaHost(() => (failures-- > 0 ? "parkingFailed" : "taken"));
    const send = sendMessage(region, client);
    expect(await send({ queue: url, body: "poison" })).toEqual({ taken: true });
    expect(await emitter().emit(request)).toBe(true);
    const until = Date.now() + 15_000;
    const left = async () =>
      Number(
        (
          await client.send(
            new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
          )
        ).Attributes?.["ApproximateNumberOfMessages"],
      );
    while ((await left()) === 0 && Date.now() < until) {
      await poll(handler);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    // The request failed once and was delivered again; then restart could read it.
    expect(handled.map(({ id }) => id)).toEqual([request.id, request.id]);
    expect(handled[0] && toRestartRequest(handled[0])).toMatchObject({ incident: "prod.keda.abc" });
    expect((await receive(deadUrl)).map(({ Body }) => Body)).toEqual(["poison"]);
    expect(lines.filter(({ fields }) => fields?.["code"] === "NotJson")).toHaveLength(2);
    expect(await receive(url)).toEqual([]);
  }, 30_000);

  test("that is not there is told with its name, and nothing is thrown", async () => {
    const { lines, log } = remembering();
    expect(await emitter(log, url.replace("live", "gone")).emit(request)).toBe(false);
    expect(lines).toMatchObject([
      { level: "warn", fields: { code: expect.stringMatching(/NonExistent|DoesNotExist/), why: expect.any(String) } },
    ]);
    expect(lines[0]?.fields?.["why"]).toMatch(/there is no queue .*gone in eu-west-1/);
  });

  test("takes requests only; what people are told goes elsewhere", async () => {
    const to: string[] = [];
    const remember = (name: string) => ({
      emit: async ({ type }: OutgoingEvent) => to.push(`${name} ${type}`) > 0,
    });
    const both = requestsTo(remember("queue"), remember("bus"));
    await both.emit(request);
    await both.emit({ ...request, type: "dev.kedamedic.pods.end-requested.v1" });
    await both.emit({ ...request, type: "dev.kedamedic.incident.refused.v1" });
    expect(to).toEqual([
      "queue dev.kedamedic.restart.requested.v1",
      "queue dev.kedamedic.pods.end-requested.v1",
      "bus dev.kedamedic.incident.refused.v1",
    ]);
  });

  test("gives no message of more than 256 KB", async () => {
    const { lines, log } = remembering();
    expect(await emitter(log).emit({ ...request, data: "x".repeat(262_144) })).toBe(false);
    expect(lines).toMatchObject([{ level: "error", message: "event is too large for the queue" }]);
  });
});
