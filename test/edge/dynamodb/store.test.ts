import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { newInstallation } from "../../../src/core/installation.ts";
import { days } from "../../../src/core/instant.ts";
import { dynamoStore } from "../../../src/edge/dynamodb/store.ts";
import type { Store } from "../../../src/ports/store.ts";
import { fullIncident, smallIncident, storeContract } from "../../contracts/store.contract.ts";
import { remembering } from "../hosts/raw.ts";
import { region, type StandIn, startDynalite } from "./table.ts";

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startDynalite();
});
afterAll(() => standIn.close());

const wallClock = { now: () => Date.now() };

storeContract("DynamoDB over HTTP", async () => ({
  store: dynamoStore({
    client: standIn.client(),
    table: await standIn.table(),
    region,
    clock: wallClock,
    keepFor: days(30),
  }),
}));

describe("as items", () => {
  let client: DynamoDBClient;
  let table: string;
  let store: Store;
  let now: number;
  const { lines, log } = remembering();
  beforeEach(async () => {
    now = Date.UTC(2026, 10, 24, 12);
    client = standIn.client();
    table = await standIn.table();
    lines.length = 0;
    store = dynamoStore({ client, table, region, clock: { now: () => now }, keepFor: days(30), log });
  });

  const itemOf = async (name: string, kind = "Incident") =>
    (await client.send(new GetItemCommand({ TableName: table, Key: { kind: { S: kind }, name: { S: name } } }))).Item;

  test("key, version and times are attributes, the rest is JSON that people can read", async () => {
    await store.saveIncident(fullIncident("a"), undefined);
    const item = await itemOf("a");
    expect(Object.keys(item ?? {}).sort()).toEqual(["document", "kind", "name", "updatedAt", "version"]);
    expect(JSON.parse(item?.["document"]?.S ?? "")).toMatchObject({
      installation: "test.keda",
      phase: "acting",
      updatedAt: "2026-11-23T17:03:02.008Z",
    });
  });

  test("two versions of one document never have the same name, even when it was deleted in between", async () => {
    const first = await store.saveIncident(smallIncident("a"), undefined);
    await client.send(new DeleteItemCommand({ TableName: table, Key: { kind: { S: "Incident" }, name: { S: "a" } } }));
    const second = await store.saveIncident(smallIncident("a"), undefined);
    expect(first.saved && second.saved && first.version !== second.version).toBe(true);
    expect(await store.saveIncident(smallIncident("a"), first.saved ? first.version : "")).toMatchObject({
      saved: false,
    });
  });

  test("an ended incident may go 30 days after it ended, an open one and an installation never", async () => {
    await store.saveIncident(smallIncident("ended", { phase: "recovered", updatedAt: now }), undefined);
    await store.saveIncident(smallIncident("open", { phase: "escalated", updatedAt: now }), undefined);
    await store.saveInstallation(newInstallation("i", now), undefined);
    expect((await itemOf("ended"))?.["ttl"]?.N).toBe(String((now + days(30)) / 1000));
    expect(await itemOf("open")).not.toHaveProperty("ttl");
    expect(await itemOf("i", "Installation")).not.toHaveProperty("ttl");
  });

  test("an incident that is open again has no end any more", async () => {
    const saved = await store.saveIncident(smallIncident("a", { phase: "closed", updatedAt: now }), undefined);
    await store.saveIncident(smallIncident("a", { updatedAt: now + 1 }), saved.saved ? saved.version : "");
    expect(await itemOf("a")).not.toHaveProperty("ttl");
  });

  test("what has expired is gone for every reader, though DynamoDB deletes it days later", async () => {
    const saved = await store.saveIncident(smallIncident("a", { phase: "closed", updatedAt: now }), undefined);
    now += days(30) - 1000;
    expect(await store.loadIncident("a")).toBeDefined();
    now += 1000;
    expect(await store.loadIncident("a")).toBeUndefined();
    expect(await store.listIncidents()).toEqual([]);
    expect(saved.saved).toBe(true);
    // The same generation can come back: its incident is created anew.
    expect(await store.saveIncident(smallIncident("a", { updatedAt: now }), undefined)).toMatchObject({ saved: true });
    expect((await store.loadIncident("a"))?.document.phase).toBe("watching");
    expect(lines).toEqual([]);
  });

  test("one that is over and has not expired is not created anew: whoever has not read it has lost the race", async () => {
    await store.saveIncident(smallIncident("a", { phase: "recovered", updatedAt: now }), undefined);
    now += days(30) - 1000;
    expect(await store.saveIncident(smallIncident("a"), undefined)).toEqual({ saved: false, reason: "conflict" });
    expect((await store.loadIncident("a"))?.document.phase).toBe("recovered");
    now += days(1);
    expect(await store.saveIncident(smallIncident("a"), undefined)).toMatchObject({ saved: true });
  });

  test.each([
    ["no JSON", "{", /JSON/],
    ["another shape", '{"phase":"lost"}', /document\.installation is not a string/],
    ["nothing", "", /JSON/],
  ])("an item edited into nonsense (%s) counts as deleted, and is written over once", async (_, document, problem) => {
    await store.saveIncident(smallIncident("good"), undefined);
    const bad = { kind: { S: "Incident" }, name: { S: "bad" }, version: { S: "v" }, document: { S: document || " " } };
    await client.send(new PutItemCommand({ TableName: table, Item: bad }));
    expect(await store.loadIncident("bad")).toBeUndefined();
    expect((await store.listIncidents()).map(({ document: { name } }) => name)).toEqual(["good"]);
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(problem),
      "incidents that cannot be read are left out",
    ]);
    expect(lines[0]?.message).toContain("Incident bad was edited into nonsense and counts as deleted");
    const saves = await Promise.all(
      Array.from({ length: 10 }, (__, i) => store.saveIncident(smallIncident("bad", { updatedAt: i }), undefined)),
    );
    expect(saves.filter(({ saved }) => saved)).toHaveLength(1);
    expect(await store.loadIncident("bad")).toMatchObject({ document: { phase: "watching" } });
  });

  test("an item without a version is nonsense that nothing can be compared with: it must be deleted", async () => {
    const bad = { kind: { S: "Incident" }, name: { S: "bad" }, document: { S: "{" } };
    await client.send(new PutItemCommand({ TableName: table, Item: bad }));
    expect(await store.saveIncident(smallIncident("bad"), undefined)).toEqual({ saved: false, reason: "conflict" });
  });

  test("a list of more than one page comes whole, newest first", async () => {
    const long = "x".repeat(3500);
    const many = Array.from({ length: 320 }, (_, i) =>
      smallIncident(`i-${i}`, { updatedAt: now + ((i * 7) % 320), failedHpas: [long] }),
    );
    for (let i = 0; i < many.length; i += 40)
      await Promise.all(many.slice(i, i + 40).map((incident) => store.saveIncident(incident, undefined)));
    const listed = await store.listIncidents(1000);
    expect(listed).toHaveLength(320);
    expect(listed.map(({ document }) => document.updatedAt)).toEqual(
      Array.from({ length: 320 }, (_, i) => now + 319 - i),
    );
    expect(await store.listIncidents(3)).toEqual(listed.slice(0, 3));
  });

  test("a table that is not there says which and where", async () => {
    const elsewhere = dynamoStore({ client, table: "not-deployed", region, clock: wallClock, keepFor: days(30) });
    const missing = {
      code: "MissingTable",
      retryable: false,
      message: "there is no table not-deployed in eu-west-1: wrong region, wrong name, or not deployed",
    };
    await expect(elsewhere.loadIncident("a")).rejects.toMatchObject(missing);
    await expect(elsewhere.listIncidents()).rejects.toMatchObject(missing);
    await expect(elsewhere.saveIncident(smallIncident("a"), undefined)).rejects.toMatchObject(missing);
  });
});
