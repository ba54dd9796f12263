import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** dynalite 4 is CommonJS and has no types. */
const dynalite = createRequire(import.meta.url)("dynalite") as (options: { readonly createTableMs: number }) => Server;

export const region = "eu-west-1";

/** A DynamoDB stand-in over real HTTP. */
export interface StandIn {
  readonly url: string;
  /** A client that sends every request to it. */
  client(more?: { readonly maxAttempts?: number }): DynamoDBClient;
  /** Creates our table under a new name, as serverless.yml does. */
  table(): Promise<string>;
  /** Called at every request from now on, in place of the one before. */
  onRequest(listener: () => void): void;
  close(): Promise<void>;
}

let tables = 0;

/** The table as it is deployed: partition key `kind`, sort key `name`, on demand, no index. */
export const tableSchema = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "kind", AttributeType: "S" },
    { AttributeName: "name", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "kind", KeyType: "HASH" },
    { AttributeName: "name", KeyType: "RANGE" },
  ],
} as const satisfies Partial<CreateTableCommandInput>;

export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new CreateTableCommand({ TableName: name, ...tableSchema }));
}

export async function startDynalite(): Promise<StandIn> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: DynamoDBClient[] = [];
  const client: StandIn["client"] = (more = {}) => {
    const made = new DynamoDBClient({
      region,
      endpoint: url,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      ...more,
    });
    clients.push(made);
    return made;
  };
  let listener = (): void => {};
  server.on("request", () => listener());
  return {
    url,
    client,
    onRequest: (next) => {
      listener = next;
    },
    async table() {
      tables += 1;
      const name = `incidents-${tables}`;
      await createTable(client(), name);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return name;
    },
    async close() {
      for (const made of clients) made.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
