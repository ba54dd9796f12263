import { createServer } from "node:http";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { lambdaHandler } from "../../../src/lambda.ts";
import { ceHeaders, envelope } from "../cloudevents/requests.ts";
import { type StandIn, startDynalite } from "../dynamodb/table.ts";
import { type Listening, listening } from "../hosts/listening.ts";
import { bus, functionUrl, metricFailed, queue, scheduled } from "./events.ts";

/** A server that answers with a status and remembers what it was asked. */
interface Counting extends Listening {
  readonly asked: string[];
  readonly tokens: (string | undefined)[];
}

async function counting(answer: (path: string) => { status: number; body: object }): Promise<Counting> {
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    tokens.push(req.headers.authorization);
    const { status, body } = answer(req.url ?? "");
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  return { ...(await listening(server)), asked, tokens };
}

const pem = "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n";
const status = (code: number, reason: string) => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: reason },
});

let dynamo: StandIn;
let aws: Counting;
let cluster: Counting;
let table: string;
const before = { ...process.env };
let printed: string[];

beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.close());

/** The environment of a deployed function, with what stands in for AWS and the cluster. */
async function deployed(more: Readonly<Record<string, string>> = {}): Promise<void> {
  table = await dynamo.table();
  Object.assign(process.env, {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIA1",
    AWS_SECRET_ACCESS_KEY: "hunter2",
    AWS_SESSION_TOKEN: "session",
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: aws.url,
    AWS_ENDPOINT_URL_EKS: aws.url,
    AWS_ENDPOINT_URL_SQS: aws.url,
    KEDA_MEDIC_MODE: "act",
    KEDA_MEDIC_STORE: "dynamodb",
    KEDA_MEDIC_DYNAMODB_TABLE: table,
    KEDA_MEDIC_EVENT_BUS: "medic",
    KEDA_MEDIC_EKS_CLUSTER: "prod",
    KEDA_MEDIC_EKS_ENDPOINT: cluster.url,
    KEDA_MEDIC_EKS_CA: pem,
    ...more,
  });
}

const requestsToTable = { count: 0 };

beforeEach(async () => {
  aws = await counting(() => ({ status: 400, body: { __type: "AccessDeniedException" } }));
  cluster = await counting(() => status(403, "Forbidden"));
  printed = [];
  requestsToTable.count = 0;
  dynamo.onRequest(() => {
    requestsToTable.count += 1;
  });
  jest.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  await aws.close();
  await cluster.close();
});

const log = () => printed.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

describe.each(["respond", "restart", "sweep"] as const)("the deployed function %s", (role) => {
  test("asks neither AWS nor the cluster anything at its start, nor for an event that is none of ours", async () => {
    await deployed();
    const handler = await lambdaHandler(role);
    requestsToTable.count = 0;
    expect(await handler(functionUrl({ headers: ceHeaders(), body: "{}" }))).toMatchObject({ statusCode: 204 });
    expect(await handler(queue(JSON.stringify(envelope())))).toEqual({ batchItemFailures: [] });
    expect(await handler(bus({ eventName: "RunInstances" }, "AWS API Call via CloudTrail", "aws.ec2"))).toEqual({
      outcome: "ignored",
    });
    expect([aws.asked, cluster.asked, requestsToTable.count]).toEqual([[], [], 0]);
  });
});

test("a deployed function refuses an event that names another cluster than its own, by either of its names", async () => {
  await deployed({ KEDA_MEDIC_CLUSTER: "shop" });
  const handler = await lambdaHandler("respond");
  const from = (name: string) => bus(envelope({ source: `/kubernetes-event-exporter/${name}` }));
  expect(await handler(from("other"))).toEqual({ outcome: "refused", code: "OtherCluster" });
  expect(await handler(from("shop"))).toEqual({ outcome: "ignored" });
  expect(await handler(from("prod"))).toEqual({ outcome: "ignored" });
});

describe("a function whose world does not answer as it should", () => {
  test("signs in to the cluster by a token of its own, and a refused one is made anew once", async () => {
    await deployed();
    await cluster.close();
    cluster = await counting(() => status(401, "Unauthorized"));
    process.env["KEDA_MEDIC_EKS_ENDPOINT"] = cluster.url;
    const handler = await lambdaHandler("sweep");
    await handler(scheduled());
    expect(cluster.asked.length).toBeGreaterThan(0);
    for (const token of cluster.tokens) expect(token).toMatch(/^Bearer k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    expect(JSON.stringify(log())).not.toMatch(/hunter2|k8s-aws-v1/);
  });

  test("asks DescribeCluster only where endpoint and CA are not configured, and names the missing permission", async () => {
    await deployed({ KEDA_MEDIC_EKS_ENDPOINT: "", KEDA_MEDIC_EKS_CA: "" });
    await expect(lambdaHandler("respond")).rejects.toThrow(
      /no permission for eks:DescribeCluster on EKS cluster prod in eu-west-1: allow it .*; or set KEDA_MEDIC_EKS_ENDPOINT/,
    );
    expect(aws.asked).toEqual(["GET /clusters/prod"]);
  });

  test("says everything that is wrong with its environment at once, and starts nothing", async () => {
    await deployed({ KEDA_MEDIC_DYNAMODB_TABLE: "", AWS_REGION: "", KEDA_MEDIC_MDOE: "act" });
    const failure = lambdaHandler("respond");
    await expect(failure).rejects.toThrow(/KEDA_MEDIC_DYNAMODB_TABLE: must be set/);
    await expect(failure).rejects.toThrow(/AWS_REGION: must be set/);
    await expect(failure).rejects.toThrow(/KEDA_MEDIC_MDOE: is not known/);
  });

  test("keeps an event that it could not judge: parked in the table, and the sender may forget it", async () => {
    await deployed();
    const handler = await lambdaHandler("respond");
    expect(await handler(bus(metricFailed, "event", "kubernetes-event-exporter"))).toEqual({ outcome: "taken" });
    const key = { kind: { S: "Installation" }, name: { S: "prod.unresolved" } };
    const { Item } = await dynamo.client().send(new GetItemCommand({ TableName: table, Key: key }));
    expect(JSON.parse(Item?.["document"]?.S ?? "{}")).toHaveProperty("dueAt");
  });

  test.each([
    [
      "401",
      /EKS takes no login of this role: its credentials have expired \(.*\), or it has no access entry in cluster prod/,
    ],
    ["403", /grant verb list on apiservices|grant verb get on apiservices/],
    ["gone", /ECONNREFUSED/],
  ])("keeps an event while the cluster answers %s, and sweep says what to do about it", async (how, words) => {
    await deployed();
    await cluster.close();
    cluster = await counting(() => status(Number(how), how));
    process.env["KEDA_MEDIC_EKS_ENDPOINT"] = how === "gone" ? "http://127.0.0.1:9" : cluster.url;
    const respond = await lambdaHandler("respond");
    const sweep = await lambdaHandler("sweep");
    expect(await respond(queue(JSON.stringify(metricFailed)))).toEqual({ batchItemFailures: [] });
    await sweep(scheduled());
    expect(JSON.stringify(log())).toMatch(words);
    // Nobody was dialled: that it only observes must not be blamed on the network.
    expect(JSON.stringify(log())).not.toMatch(/hunter2|k8s-aws-v1|not in a network that reaches/);
  });

  test.each([
    [
      "AccessDeniedException",
      /no permission for dynamodb:GetItem on table .+ in eu-west-1: allow it in the function's role/,
    ],
    [
      "ExpiredTokenException",
      /the credentials have expired \(ExpiredTokenException\): Lambda gives each new execution/,
    ],
    ["ThrottlingException", /dynamodb:GetItem on table .+ was throttled \(ThrottlingException\): it is repeated later/],
    ["ResourceNotFoundException", /there is no table .+ in eu-west-1: wrong region, wrong name, or not deployed/],
  ])("gives an event back while the table says %s, and the log says what to do about it", async (name, words) => {
    await deployed();
    await aws.close();
    aws = await counting(() => ({ status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}` } }));
    process.env["AWS_ENDPOINT_URL_DYNAMODB"] = aws.url;
    const handler = await lambdaHandler("respond");
    expect(await handler(queue(JSON.stringify(metricFailed)))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }],
    });
    await expect(handler(bus(metricFailed))).rejects.toMatchObject({ code: "ParkingFailed" });
    expect(
      log()
        .map(({ message }) => message)
        .join("\n"),
    ).toMatch(words);
  });

  test("throws when not even the table takes it, so that Lambda repeats it; the queue gets that message back", async () => {
    await deployed({ KEDA_MEDIC_DYNAMODB_TABLE: "not-deployed" });
    const handler = await lambdaHandler("respond");
    await expect(handler(bus(metricFailed))).rejects.toMatchObject({ code: "ParkingFailed" });
    expect(await handler(queue(JSON.stringify(metricFailed), JSON.stringify(envelope())))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }],
    });
    const over = functionUrl({ headers: { "content-type": "application/json" }, body: JSON.stringify(metricFailed) });
    expect(await handler(over)).toMatchObject({ statusCode: 503 });
  });

  test("sweep on a table that is not there throws the sentence that says which", async () => {
    await deployed({ KEDA_MEDIC_DYNAMODB_TABLE: "not-deployed" });
    const handler = await lambdaHandler("sweep");
    await expect(handler(scheduled())).rejects.toThrow("there is no table not-deployed in eu-west-1");
  });
});
