import { createServer } from "node:http";
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mockClient } from "aws-sdk-client-mock";
import { dynamoStore } from "../../../src/edge/dynamodb/store.ts";
import { smallIncident } from "../../contracts/store.contract.ts";
import { listening } from "../hosts/listening.ts";
import { region, startDynalite } from "./table.ts";

const clock = { now: () => 0 };
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const awsError = (name: string, message = name, httpStatusCode = 400) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

describe("what AWS answers and no stand-in does", () => {
  const mock = mockClient(DynamoDBClient);
  afterAll(() => mock.restore());
  beforeEach(() => {
    mock.reset();
  });
  const store = dynamoStore({
    client: new DynamoDBClient({ region, credentials }),
    table: "t-1",
    region,
    clock,
    keepFor: 1,
  });
  const calls = {
    "dynamodb:GetItem": () => store.loadIncident("a"),
    "dynamodb:PutItem": () => store.saveIncident(smallIncident("a"), undefined),
    "dynamodb:Query": () => store.listIncidents(),
  };

  test.each([
    ["ProvisionedThroughputExceededException", "Throttled", true, "was throttled"],
    ["ThrottlingException", "Throttled", true, "was throttled"],
    ["RequestLimitExceeded", "Throttled", true, "was throttled"],
    ["AccessDeniedException", "Forbidden", false, "no permission for ACTION on table t-1 in eu-west-1"],
    ["ExpiredTokenException", "Forbidden", false, "the credentials have expired (ExpiredTokenException)"],
    ["UnrecognizedClientException", "Forbidden", false, "does not take the credentials (UnrecognizedClientException)"],
    ["InvalidSignatureException", "Forbidden", false, "does not take the credentials"],
    ["CredentialsProviderError", "Forbidden", false, "there are no credentials"],
    ["ResourceNotFoundException", "MissingTable", false, "there is no table t-1 in eu-west-1"],
    ["InternalServerError", "Unreachable", true, "ACTION on table t-1 in eu-west-1 failed: InternalServerError"],
  ])("%s is %s", async (name, code, retryable, words) => {
    mock.onAnyCommand().rejects(awsError(name, "secret detail", name === "InternalServerError" ? 500 : 400));
    for (const [action, call] of Object.entries(calls)) {
      const failure = call();
      await expect(failure).rejects.toMatchObject({ name: "StoreError", code, retryable });
      await expect(failure).rejects.toThrow(words.replace("ACTION", action));
    }
  });

  test("no answer at all is worth repeating", async () => {
    mock.onAnyCommand().rejects(Object.assign(new Error("connect ETIMEDOUT"), { name: "TimeoutError" }));
    await expect(store.loadIncident("a")).rejects.toMatchObject({ code: "Unreachable", retryable: true });
  });

  test("more than 400 KB is TooLarge, other nonsense is Malformed", async () => {
    mock.onAnyCommand().rejects(awsError("ValidationException", "Item size has exceeded the maximum allowed size"));
    await expect(store.saveIncident(smallIncident("a"), undefined)).rejects.toMatchObject({ code: "TooLarge" });
    mock.onAnyCommand().rejects(awsError("ValidationException", "The provided key element does not match the schema"));
    await expect(store.loadIncident("a")).rejects.toMatchObject({ code: "Malformed", retryable: false });
  });

  test("a save is one PutItem, a load one consistent GetItem, a list one Query: no transactions, no scans", async () => {
    mock.onAnyCommand().resolves({});
    for (const call of Object.values(calls)) await call();
    expect(mock.calls().map(({ args: [command] }) => command.constructor.name)).toEqual([
      "GetItemCommand",
      "PutItemCommand",
      "QueryCommand",
    ]);
    expect(mock.commandCalls(GetItemCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
    expect(mock.commandCalls(QueryCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
  });

  const conflict = (version: string | undefined, attempts: number) =>
    new ConditionalCheckFailedException({
      message: "The conditional request failed",
      $metadata: { httpStatusCode: 400, attempts },
      ...(version === undefined ? {} : { Item: { version: { S: version } } }),
    });
  const versionPut = (): string => mock.commandCalls(PutItemCommand)[0]?.args[0].input.Item?.["version"]?.S ?? "none";

  test("another version in the way is a conflict, without another request", async () => {
    mock.on(PutItemCommand).rejects(conflict("theirs", 2));
    await expect(store.saveIncident(smallIncident("a"), "mine")).resolves.toEqual({ saved: false, reason: "conflict" });
    expect(mock.calls()).toHaveLength(1);
  });

  test("our own version in the way is a write whose answer got lost: saved", async () => {
    mock.on(PutItemCommand).callsFake((input: { Item: { version: { S: string } } }) => {
      throw conflict(input.Item.version.S, 2);
    });
    await expect(store.saveIncident(smallIncident("a"), "mine")).resolves.toEqual({
      saved: true,
      version: versionPut(),
    });
  });

  test("a conflict at the first attempt needs no second look", async () => {
    mock.on(PutItemCommand).rejects(conflict(undefined, 1));
    await expect(store.saveIncident(smallIncident("a"), "mine")).resolves.toMatchObject({ saved: false });
    expect(mock.calls()).toHaveLength(1);
  });
});

describe("over a line that breaks", () => {
  const endings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });

  /** Forwards to the stand-in; `lose` says whether the answer of this request is lost after it was carried out. */
  async function losing(target: string, lose: (action: string) => boolean): Promise<string> {
    const server = createServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const headers = Object.fromEntries(
        Object.entries(req.headers).filter(([name]) => !["host", "connection", "content-length"].includes(name)),
      ) as Record<string, string>;
      const answer = await fetch(target, { method: "POST", headers, body: Buffer.concat(chunks) });
      const body = Buffer.from(await answer.arrayBuffer());
      if (lose(String(req.headers["x-amz-target"]))) req.socket.destroy();
      else res.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" }).end(body);
    });
    const { url, close } = await listening(server);
    endings.push(close);
    return url;
  }

  test("a save that was carried out and whose answer was lost is saved, once, and no conflict", async () => {
    const standIn = await startDynalite();
    endings.push(() => standIn.close());
    const table = await standIn.table();
    let lost = 0;
    const endpoint = await losing(standIn.url, (action) => action.endsWith("PutItem") && ++lost === 1);
    const client = new DynamoDBClient({ region, endpoint, credentials });
    const store = dynamoStore({ client, table, region, clock, keepFor: 1 });
    const saved = await store.saveIncident(smallIncident("a"), undefined);
    expect(saved).toMatchObject({ saved: true });
    expect(lost).toBe(2);
    expect((await store.loadIncident("a"))?.version).toBe(saved.saved ? saved.version : "");
    client.destroy();
  });

  test("nobody there is Unreachable and retryable", async () => {
    const client = new DynamoDBClient({ region, endpoint: "http://127.0.0.1:9", credentials, maxAttempts: 1 });
    const store = dynamoStore({ client, table: "t-1", region, clock, keepFor: 1 });
    await expect(store.loadIncident("a")).rejects.toMatchObject({ code: "Unreachable", retryable: true });
  });
});
