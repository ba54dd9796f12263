import { randomUUID } from "node:crypto";
import {
  type ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import type { Incident } from "../../core/incident.ts";
import type { Duration, Instant } from "../../core/instant.ts";
import { nameOf } from "../../core/thrown.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Saved, Store, StoreError, Versioned } from "../../ports/store.ts";
import { clientSettings } from "../aws/client.ts";
import { byAge } from "../kubernetes/documents.ts";
import { storeError } from "./failure.ts";
import {
  fromItem,
  type Item,
  type ItemKind,
  incidents,
  installations,
  isExpired,
  toItem,
  ttlAttribute,
} from "./item.ts";

export interface DynamoStoreSettings {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly region: string;
  readonly clock: Clock;
  /** How long incidents that are over are kept for people. */
  readonly keepFor: Duration;
  readonly log?: Log | undefined;
}

type Document = { readonly name: string; readonly updatedAt: Instant };

const LISTED = 500;
/** Incidents that are looked at to find the newest: an incident is a few hundred bytes to 4 KB. */
const MOST = 10_000;

export const dynamoClient = (region: string): DynamoDBClient => new DynamoDBClient(clientSettings(region));

/**
 * Documents as single items with a version attribute: every save is one conditional PutItem, no transactions, no index.
 * Partition key `kind`, sort key `name`, time to live on `ttl`.
 */
export function dynamoStore(settings: DynamoStoreSettings): Store {
  return {
    loadIncident: (name) => load(settings, incidents, name),
    saveIncident: (incident, expected) => save(settings, incidents, incident, expected),
    listIncidents: (limit = LISTED) => listNewest(settings, limit),
    loadInstallation: (name) => load(settings, installations, name),
    saveInstallation: (installation, expected) => save(settings, installations, installation, expected),
  };
}

const keyOf = (kind: string, name: string): Item => ({ kind: { S: kind }, name: { S: name } });

/** Said where it happens: whoever catches it logs a code only, because other stores' words may quote what they choked on. */
function failed({ table, region, log }: DynamoStoreSettings, action: string, error: unknown): StoreError {
  const failure = storeError(error, { action, what: `table ${table}`, region });
  log?.warn(failure.message, { code: failure.code });
  return failure;
}

async function told<T>(settings: DynamoStoreSettings, action: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw failed(settings, action, error);
  }
}

/** Consistent: a decision rests on it, and the next save names its version. */
async function itemOf(settings: DynamoStoreSettings, kind: string, name: string): Promise<Item | undefined> {
  const { client, table } = settings;
  const command = new GetItemCommand({ TableName: table, Key: keyOf(kind, name), ConsistentRead: true });
  return (await told(settings, "dynamodb:GetItem", () => client.send(command))).Item;
}

async function load<T extends Document>(
  settings: DynamoStoreSettings,
  kind: ItemKind<T>,
  name: string,
): Promise<Versioned<T> | undefined> {
  const item = await itemOf(settings, kind.kind, name);
  if (item === undefined || isExpired(item, settings.clock.now())) return undefined;
  const found = fromItem(kind, item);
  if (!("problem" in found)) return found;
  settings.log?.warn(`${kind.kind} ${name} was edited into nonsense and counts as deleted: ${found.problem}`, { name });
  return undefined;
}

/** An item that has expired does not exist, whether DynamoDB has deleted it by now or not. */
function conditionFor(expected: string | undefined, now: Instant) {
  if (expected === undefined)
    return {
      ConditionExpression: "attribute_not_exists(#name) OR #ttl <= :now",
      ExpressionAttributeNames: { "#name": "name", "#ttl": ttlAttribute },
      ExpressionAttributeValues: { ":now": { N: String(Math.floor(now / 1000)) } },
    };
  return {
    ConditionExpression: "#version = :expected",
    ExpressionAttributeNames: { "#version": "version" },
    ExpressionAttributeValues: { ":expected": { S: expected } },
  };
}

async function save<T extends Document>(
  settings: DynamoStoreSettings,
  kind: ItemKind<T>,
  document: T,
  expected: string | undefined,
): Promise<Saved> {
  const saved = await put(settings, kind, document, expected);
  if (saved.saved || expected !== undefined) return saved;
  // What stands in the way of a new document may be one that nobody can read: it is written over, as it stands there.
  const item = await itemOf(settings, kind.kind, document.name);
  const nonsense = item !== undefined && "problem" in fromItem(kind, item);
  return nonsense ? put(settings, kind, document, item["version"]?.S ?? "") : saved;
}

async function put<T extends Document>(
  settings: DynamoStoreSettings,
  kind: ItemKind<T>,
  document: T,
  expected: string | undefined,
): Promise<Saved> {
  const { client, table, clock, keepFor } = settings;
  const version = randomUUID();
  const command = new PutItemCommand({
    TableName: table,
    Item: toItem(kind, document, { version, keepFor }),
    ...conditionFor(expected, clock.now()),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await client.send(command);
    return { saved: true, version };
  } catch (error) {
    if (!isConditionFailure(error)) throw failed(settings, "dynamodb:PutItem", error);
    return (await isOurs(settings, error, { kind: kind.kind, name: document.name, version }))
      ? { saved: true, version }
      : { saved: false, reason: "conflict" };
  }
}

const isConditionFailure = (error: unknown): error is ConditionalCheckFailedException =>
  nameOf(error) === "ConditionalCheckFailedException";

interface Written {
  readonly kind: string;
  readonly name: string;
  readonly version: string;
}

/**
 * A write whose answer got lost is repeated by the SDK, and the repetition finds our own version in its way: that is no
 * conflict. DynamoDB sends what stands there along; what stands in for it may not.
 */
async function isOurs(
  settings: DynamoStoreSettings,
  error: ConditionalCheckFailedException,
  { kind, name, version }: Written,
): Promise<boolean> {
  if (error.Item !== undefined) return error.Item["version"]?.S === version;
  if ((error.$metadata.attempts ?? 1) < 2) return false;
  return (await itemOf(settings, kind, name))?.["version"]?.S === version;
}

async function* pages(settings: DynamoStoreSettings): AsyncGenerator<readonly Item[]> {
  const { client, table } = settings;
  let from: Item | undefined;
  let seen = 0;
  do {
    const command = new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "#kind = :kind",
      ExpressionAttributeNames: { "#kind": "kind" },
      ExpressionAttributeValues: { ":kind": { S: incidents.kind } },
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    const page = await told(settings, "dynamodb:Query", () => client.send(command));
    const items = page.Items ?? [];
    seen += items.length;
    from = page.LastEvaluatedKey;
    yield items;
  } while (from !== undefined && seen < MOST);
  if (from !== undefined) settings.log?.warn("more than 10,000 incidents: the rest is not looked at", { table });
}

function readable(items: readonly Item[], now: Instant): readonly Versioned<Incident>[] {
  return items.flatMap((item) => {
    const found = isExpired(item, now) ? undefined : fromItem(incidents, item);
    return found === undefined || "problem" in found ? [] : [found];
  });
}

async function listNewest(settings: DynamoStoreSettings, limit: number): Promise<readonly Versioned<Incident>[]> {
  const now = settings.clock.now();
  let newest: readonly Versioned<Incident>[] = [];
  let unreadable = 0;
  for await (const items of pages(settings)) {
    const found = readable(items, now);
    unreadable += items.filter((item) => !isExpired(item, now)).length - found.length;
    newest = [...newest, ...found].sort(byAge).slice(0, limit);
  }
  if (unreadable > 0) settings.log?.warn("incidents that cannot be read are left out", { count: unreadable });
  return newest;
}
