import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { startDynalite } from "../../../edge/dynamodb/table.ts";
import { jsonOf, type Loose } from "../../api/client.ts";
import { region } from "./package.ts";
import { allows, queuesFor, type Stack, type Statement } from "./stack.ts";

/** A document that a function wrote, as DynamoDB took it. */
export interface WrittenItem {
  readonly at: number;
  readonly kind: string;
  readonly name: string;
  readonly document: Loose;
}

export interface AmazonOptions {
  readonly stack: Stack;
  /** What the owner of a key may do; undefined for a key that nobody has. */
  readonly may: (accessKeyId: string) => readonly Statement[] | undefined;
  /** Puts a message into a queue, by its name in the template. */
  readonly send: (queue: string, body: string) => Promise<void>;
  /** What EKS tells of the cluster. */
  readonly cluster: () => { readonly endpoint: string; readonly ca: string };
}

/** DynamoDB, EventBridge and EKS at one address. */
export interface Amazon {
  /** `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly written: readonly WrittenItem[];
  /** Requests that the role's policies do not allow, as sentences. */
  readonly denied: readonly string[];
  /** Puts an event on the bus as the exporter does. */
  put(entry: BusEntry): Promise<void>;
  close(): Promise<void>;
}

export interface BusEntry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

interface Call {
  readonly key: string;
  /** `dynamodb:PutItem`. */
  readonly action: string;
  readonly body: Loose;
  readonly raw: string;
}

const services: Readonly<Record<string, string>> = { DynamoDB_20120810: "dynamodb", AWSEvents: "events" };

async function callOf(request: IncomingMessage): Promise<Call> {
  const raw = await text(request);
  const [service = "", operation = ""] = String(request.headers["x-amz-target"] ?? "").split(".");
  const describes = request.method === "GET" && /^\/clusters\/[\w-]+$/.test(request.url ?? "");
  return {
    key: /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "",
    action: describes ? "eks:DescribeCluster" : `${services[service] ?? service}:${operation}`,
    body: jsonOf(raw) ?? {},
    raw,
  };
}

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
};

/** EventBridge user guide, "Event structure". */
const eventOf = ({ Source, DetailType, Detail }: BusEntry) => ({
  version: "0",
  id: randomUUID(),
  "detail-type": DetailType,
  source: Source,
  account: "111122223333",
  time: new Date().toISOString(),
  region,
  resources: [],
  detail: JSON.parse(Detail),
});

/** The context keys that IAM has for one entry of PutEvents. */
const contextOf = ({ Source, DetailType }: BusEntry): Readonly<Record<string, string>> => ({
  "events:source": Source,
  "events:detail-type": DetailType,
});

export async function startAmazon({ stack, may, send, cluster }: AmazonOptions): Promise<Amazon> {
  const dynamo = await startDynalite();
  const { TableName, BillingMode, AttributeDefinitions, KeySchema } = stack.table;
  await dynamo.client().send(new CreateTableCommand({ TableName, BillingMode, AttributeDefinitions, KeySchema }));
  const written: WrittenItem[] = [];
  const denied: string[] = [];

  const isAllowed = ({ key, action, body }: Call): boolean => {
    const statements = may(key) ?? [];
    if (action !== "events:PutEvents") return allows(statements, action);
    return body.Entries.every((entry: BusEntry) => allows(statements, action, contextOf(entry)));
  };

  async function put(entry: BusEntry): Promise<string> {
    const event = eventOf(entry);
    for (const queue of queuesFor(stack, { source: entry.Source, detailType: entry.DetailType }))
      await send(queue, JSON.stringify(event));
    return event.id;
  }

  const remember = ({ Item }: Loose): void => {
    const document = jsonOf(Item.document.S);
    written.push({ at: Date.now(), kind: Item.kind.S, name: Item.name.S, document });
  };

  /** dynalite, with the request as it came. */
  async function dynamodb(request: IncomingMessage, response: ServerResponse, call: Call): Promise<void> {
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const passed = await fetch(dynamo.url, {
      method: "POST",
      headers: headers as Record<string, string>,
      body: call.raw,
    });
    const body = await passed.text();
    if (call.action === "dynamodb:PutItem" && passed.ok) remember(call.body);
    response.writeHead(passed.status, Object.fromEntries(passed.headers)).end(body);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await callOf(request);
    if (!isAllowed(call)) {
      denied.push(`${call.key} may not ${call.action} ${call.body.Entries?.[0]?.DetailType ?? ""}`.trim());
      answer(response, 400, { __type: "AccessDeniedException", message: `not authorized to perform: ${call.action}` });
    } else if (call.action === "events:PutEvents") {
      const ids = await Promise.all(call.body.Entries.map(put));
      answer(response, 200, { FailedEntryCount: 0, Entries: ids.map((EventId) => ({ EventId })) });
    } else if (call.action === "eks:DescribeCluster") {
      const { endpoint, ca } = cluster();
      const name = request.url?.split("/").at(-1);
      const data = Buffer.from(ca).toString("base64");
      answer(response, 200, { cluster: { name, status: "ACTIVE", endpoint, certificateAuthority: { data } } });
    } else await dynamodb(request, response, call);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    written,
    denied,
    put: async (entry) => {
      if (!allows(stack.exporter, "events:PutEvents", contextOf(entry)))
        throw new Error("the exporter may not put this");
      await put(entry);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await dynamo.close();
    },
  };
}
