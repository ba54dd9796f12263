import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleLambda } from "../../../scripts/bundleLambda.mjs";
import { root } from "../../build/build.ts";

export const ours = ["respond", "restart", "sweep"] as const;
export type Ours = (typeof ours)[number];
/** `client`: imports only the AWS client that ours need. `empty`: imports nothing. */
export const handlers = [...ours, "client", "empty"] as const;
export type Handler = (typeof handlers)[number];

/** What a handler has to pay for anyhow that keeps its state in DynamoDB: the same client, with the same commands. */
const client = `import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
const client = new DynamoDBClient({ region: "eu-west-1", maxAttempts: 3 });
const table = process.env.KEDA_MEDIC_DYNAMODB_TABLE;
export const handler = async (event) => {
  if (event === "never") return client.send(new QueryCommand({ TableName: table }));
  const key = { kind: { S: "Installation" }, name: { S: "client" } };
  await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
  await client.send(new PutItemCommand({ TableName: table, Item: key }));
};
`;
const empty = "export const handler = async () => {};\n";

export interface Bundles {
  readonly files: Readonly<Record<Handler, string>>;
  /** KB with all chunks, loaded at the start or not. */
  readonly sizes: Readonly<Record<Handler, number>>;
  remove(): void;
}

function kilobytesOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) / 1024;
}

/** Every handler, bundled as a function is packaged. */
export async function makeBundles(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), "lambda-init-"));
  const planted = (name: string, text: string): string => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, text);
    return file;
  };
  const sources: Readonly<Record<Handler, string>> = {
    respond: "functions/lambda/respond.ts",
    restart: "functions/lambda/restart.ts",
    sweep: "functions/lambda/sweep.ts",
    client: planted("clientOnly", client),
    empty: planted("emptyHandler", empty),
  };
  for (const name of handlers)
    await bundleLambda(sources[name], join(folder, name), { nodePaths: [join(root, "node_modules")] });
  const each = <T>(of: (name: Handler) => T) =>
    Object.fromEntries(handlers.map((name) => [name, of(name)])) as Record<Handler, T>;
  return {
    files: each((name) => join(folder, name, "index.mjs")),
    sizes: each((name) => Math.round(kilobytesOf(join(folder, name)))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
