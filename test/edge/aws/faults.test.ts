import { createServer } from "node:http";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EKSClient } from "@aws-sdk/client-eks";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, test } from "@jest/globals";
import { clientSettings } from "../../../src/edge/aws/client.ts";
import type { Delivered } from "../../../src/edge/aws/emitter.ts";
import { kindNamed, kindOf } from "../../../src/edge/aws/fault.ts";
import { dynamoStore } from "../../../src/edge/dynamodb/store.ts";
import { describeCluster } from "../../../src/edge/eks/describe.ts";
import { putEvents } from "../../../src/edge/eventbridge/put.ts";
import { sendMessage } from "../../../src/edge/sqs/send.ts";
import { type Listening, listening } from "../hosts/listening.ts";
import { remembering } from "../hosts/raw.ts";

const region = "eu-west-1";
type Settings = ReturnType<typeof clientSettings> & {
  readonly endpoint: string;
  readonly credentials: () => Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
};

/** What came of a call: the sentence for a person, and whether whoever made it should make it again. */
interface Came {
  readonly told: string;
  readonly again?: boolean;
}

const thrown = (call: Promise<unknown>): Promise<Came> =>
  call.then(
    () => ({ told: "nothing" }),
    ({ message, retryable }: { message: string; retryable?: boolean }) => ({
      told: message,
      ...(retryable === undefined ? {} : { again: retryable }),
    }),
  );
const delivered = async (done: Promise<Delivered>): Promise<Came> => {
  const answer = await done;
  return { told: answer.taken ? "taken" : answer.why };
};

const detail = { source: "dev.kedamedic", type: "t", detail: "{}" };
const queueUrl = (endpoint: string) => `${endpoint}/123456789012/restart`;

/** Every client that we have, as it is set up, and the one call that stands for all of its calls. */
const clients = {
  dynamodb: {
    action: "dynamodb:GetItem",
    what: () => "table incidents",
    call: (settings: Settings) => {
      const client = new DynamoDBClient(settings);
      const store = dynamoStore({ client, table: "incidents", region, clock: { now: () => 0 }, keepFor: 1 });
      return thrown(store.loadIncident("a"));
    },
  },
  sqs: {
    action: "sqs:SendMessage",
    what: ({ endpoint }: Settings) => `queue ${queueUrl(endpoint)}`,
    call: (settings: Settings) =>
      delivered(sendMessage(region, new SQSClient(settings))({ queue: queueUrl(settings.endpoint), body: "{}" })),
  },
  eventbridge: {
    action: "events:PutEvents",
    what: () => "bus medic",
    call: (settings: Settings) =>
      delivered(putEvents(region, new EventBridgeClient(settings))({ bus: "medic", ...detail })),
  },
  eks: {
    action: "eks:DescribeCluster",
    what: () => "EKS cluster prod",
    call: (settings: Settings) => thrown(describeCluster("prod", region, new EKSClient(settings))),
  },
} as const;
type Service = keyof typeof clients;
const services = Object.keys(clients) as Service[];

/** What AWS says, by service where services differ; the sentence; how often it is asked; whether to ask again later. */
interface Fault {
  readonly name: string | Readonly<Record<Service, string>>;
  readonly message?: string;
  readonly status?: number;
  readonly told: string;
  readonly attempts: number;
  readonly again: boolean;
}

const other = (sqs: string, others: string): Fault["name"] => ({
  dynamodb: others,
  eventbridge: others,
  eks: others,
  sqs,
});
const notAgain = { attempts: 1, again: false };
const faults: Readonly<Record<string, Fault>> = {
  "AccessDenied names the missing action": {
    name: other("AccessDenied", "AccessDeniedException"),
    told: "no permission for ACTION on WHAT in eu-west-1: allow it in the function's role",
    ...notAgain,
  },
  "an expired session says so": {
    name: other("ExpiredToken", "ExpiredTokenException"),
    told: "ACTION on WHAT in eu-west-1: the credentials have expired (NAME): Lambda gives each new execution environment new ones, elsewhere sign in again",
    ...notAgain,
  },
  "a key that AWS does not know says so": {
    name: other("InvalidClientTokenId", "UnrecognizedClientException"),
    message: "The security token included in the request is invalid.",
    told: "ACTION on WHAT in eu-west-1: AWS does not take the credentials (NAME): other keys, or a region that this account has not enabled",
    ...notAgain,
  },
  "throttling is waited for": {
    name: {
      dynamodb: "ThrottlingException",
      sqs: "RequestThrottled",
      eventbridge: "ThrottlingException",
      eks: "TooManyRequestsException",
    },
    told: "ACTION on WHAT in eu-west-1 was throttled (NAME): it is repeated later",
    attempts: 3,
    again: true,
  },
  "what is not there in this region is named with it": {
    name: other("AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException"),
    told: "there is no WHAT in eu-west-1: wrong region, wrong name, or not deployed",
    ...notAgain,
  },
  "a signature for another region is no bad key": {
    name: other("SignatureDoesNotMatch", "InvalidSignatureException"),
    message: "Credential should be scoped to a valid region, not 'eu-west-1'.",
    told: "ACTION: WHAT is not in eu-west-1: set AWS_REGION to where it is",
    ...notAgain,
  },
  "a service that fails is asked again": {
    name: "InternalServerError",
    status: 500,
    told: "ACTION on WHAT in eu-west-1 failed: NAME: it is repeated later",
    attempts: 3,
    again: true,
  },
};

const nameFor = (fault: Fault, service: Service): string =>
  typeof fault.name === "string" ? fault.name : fault.name[service];

let aws: Listening | undefined;
let asked = 0;
afterEach(async () => {
  await aws?.close();
  aws = undefined;
  asked = 0;
});

/** Answers as the service would: the name in the body (JSON 1.0 and 1.1) and in a header (REST; SQS's own). */
async function refusing(name: string, message: string, status: number): Promise<string> {
  aws = await listening(
    createServer((request, response) => {
      asked += 1;
      request.resume();
      response
        .writeHead(status, {
          "content-type": "application/x-amz-json-1.0",
          "x-amzn-errortype": name,
          "x-amzn-query-error": `${name};Sender`,
        })
        .end(JSON.stringify({ __type: `com.amazon.coral.service#${name}`, message }));
    }),
  );
  return aws.url;
}

const good = async () => ({ accessKeyId: "AKIA1", secretAccessKey: "hunter2" });
const settingsFor = (endpoint: string, credentials: Settings["credentials"] = good): Settings => ({
  ...clientSettings(region),
  endpoint,
  credentials,
});

function check(service: Service, { told, again }: Came, expected: { told: string; again: boolean }): void {
  expect(told.startsWith(expected.told) ? expected.told : told).toBe(expected.told);
  // Only a store's callers decide by it: what the emitters did not hand over is repeated by sweep, a start by Lambda.
  if (service === "dynamodb") expect(again).toBe(expected.again);
  expect(told).not.toContain("hunter2");
}

describe.each(services)("%s", (service) => {
  const { action, call, what } = clients[service];
  const wordsOf = (words: string, settings: Settings, name: string): string =>
    words.replace("ACTION", action).replace("WHAT", what(settings)).replace("NAME", name);

  test.each(Object.entries(faults))("%s", async (_, fault) => {
    const name = nameFor(fault, service);
    const settings = settingsFor(await refusing(name, fault.message ?? "detail", fault.status ?? 400));
    const came = await call(settings);
    check(service, came, { told: wordsOf(fault.told, settings, name), again: fault.again });
    expect(asked).toBe(fault.attempts);
  });

  test("no credentials at all: told which variables, and AWS is not asked", async () => {
    const none = Object.assign(new Error("Could not load credentials from any providers"), {
      name: "CredentialsProviderError",
    });
    const settings = settingsFor(await refusing("None", "", 400), () => Promise.reject(none));
    const words =
      "ACTION on WHAT in eu-west-1: there are no credentials: on Lambda the function's role gives them, elsewhere set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    check(service, await call(settings), { told: wordsOf(words, settings, ""), again: false });
    expect(asked).toBe(0);
  });

  test.each(["ECONNREFUSED", "ENOTFOUND"])("nobody there (%s): told, and worth repeating", async (code) => {
    const settings = {
      ...settingsFor("http://127.0.0.1:9"),
      requestHandler: {
        ...clientSettings(region).requestHandler,
        handle: () => {
          asked += 1;
          return Promise.reject(Object.assign(new Error(`${code} here`), { code }));
        },
      },
    };
    const words = `ACTION on WHAT in eu-west-1 failed: ${code}${code === "ENOTFOUND" ? " (no such region, or no name server)" : ""}`;
    check(service, await call(settings), { told: wordsOf(words, settings, ""), again: true });
  });
});

test("a refused port is told by its name, over a real line", async () => {
  const store = dynamoStore({
    client: new DynamoDBClient(settingsFor("http://127.0.0.1:9")),
    table: "t-1",
    region,
    clock: { now: () => 0 },
    keepFor: 1,
  });
  expect(await thrown(store.loadIncident("a"))).toEqual({
    told: "dynamodb:GetItem on table t-1 in eu-west-1 failed: ECONNREFUSED: it is repeated later",
    again: true,
  });
});

test("the table's failures are logged with their sentence where they happen, as a warning", async () => {
  const { lines, log } = remembering();
  const endpoint = await refusing("AccessDeniedException", "secret detail", 400);
  const client = new DynamoDBClient(settingsFor(endpoint));
  const store = dynamoStore({ client, table: "t-1", region, clock: { now: () => 0 }, keepFor: 1, log });
  await thrown(store.loadIncident("a"));
  const message = "no permission for dynamodb:GetItem on table t-1 in eu-west-1: allow it in the function's role";
  expect(lines).toEqual([{ level: "warn", message, fields: { code: "Forbidden" } }]);
});

describe("AWS's names", () => {
  test.each([
    ["AccessDenied", "permission"],
    ["AccessDeniedException", "permission"],
    ["NotAuthorizedException", "permission"],
    ["ProvisionedThroughputExceededException", "throttled"],
    ["RequestLimitExceeded", "throttled"],
    ["IncompleteSignatureException", "badCredentials"],
    ["MissingAuthenticationTokenException", "noCredentials"],
    ["ServiceUnavailable", "unreachable"],
    ["constructor", undefined],
    ["SomethingNew", undefined],
  ])("%s is %s", (name, kind) => {
    expect(kindNamed(name)).toBe(kind);
  });

  test("what nobody knows is judged by its status", () => {
    const answered = (httpStatusCode: number) => kindOf({ name: "New", $metadata: { httpStatusCode } });
    expect([answered(400), answered(429), answered(503), kindOf({ name: "New" })]).toEqual([
      "unknown",
      "throttled",
      "unreachable",
      "unreachable",
    ]);
  });
});
