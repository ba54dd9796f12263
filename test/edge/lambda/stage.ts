import { createServer, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { presignedUrl } from "../../../src/edge/eks/presign.ts";
import type { LambdaHandler } from "../../../src/edge/hosts/lambda/handler.ts";
import { lambdaHandler } from "../../../src/lambda.ts";
import { policyAt } from "../../../src/sandbox/demo/timing.ts";
import type { InProcessWorld } from "../../../src/sandbox/inProcessWorld.ts";
import { type StandIn, startDynalite } from "../dynamodb/table.ts";
import { type Listening, listening } from "../hosts/listening.ts";
import { bus, functionUrl, scheduled } from "./events.ts";

type Role = "respond" | "restart" | "sweep";

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const keys = { accessKeyId: "AKIATEST", secretAccessKey: "hunter2", sessionToken: "session" };
const awsRegion = "eu-west-1";
const cluster = "sandbox";

/** As aws-iam-authenticator: prefix, host, parameters, age, and the signature, which STS would check. */
function isGenuine(authorization: string | undefined): boolean {
  const [, encoded = ""] = /^Bearer k8s-aws-v1\.([\w-]+)$/.exec(authorization ?? "") ?? [];
  const url = URL.parse(Buffer.from(encoded, "base64url").toString("utf8"));
  const date = url?.searchParams.get("X-Amz-Date")?.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
  const now = Date.parse(date ?? "");
  if (Number.isNaN(now) || Date.now() - now > 15 * 60_000) return false;
  return url?.href === presignedUrl({ cluster, region: awsRegion, keys, now });
}

export interface GatewayOptions {
  readonly role: Role;
  /** Pod addresses as they would be for a function outside the VPC: nobody answers there. */
  readonly unroutable: boolean;
}

/** TEST-NET-1 (RFC 5737) is nobody's address. */
const nowhere = (text: string): string => text.replaceAll(/"(podIP|ip)":"127[^"]*"/g, '"$1":"192.0.2.1"');

/** The API server as EKS shows it: takes our token, and is then the sandbox's API server for that role. */
async function eksGateway(world: InProcessWorld, { role, unroutable }: GatewayOptions): Promise<Listening> {
  const { server, ca, token } = await world.kubeconfig(role);
  return listening(
    createServer(async (req, res) => {
      if (!isGenuine(req.headers.authorization)) return void res.writeHead(401).end("{}");
      const body = await bodyOf(req);
      const headers = { ...req.headers, host: new URL(server).host, authorization: `Bearer ${token}` };
      const url = new URL(req.url ?? "/", server);
      const forwarded = httpsRequest(url, { method: req.method, headers, ca }, async (answer) => {
        const text = await bodyOf(answer);
        const shown = unroutable ? Buffer.from(nowhere(text.toString("utf8"))) : text;
        const { "content-length": _length, "transfer-encoding": _encoding, ...others } = answer.headers;
        res.writeHead(answer.statusCode ?? 502, others).end(shown);
      });
      forwarded.on("error", () => res.destroy());
      forwarded.end(body);
    }),
  );
}

interface PutEvents {
  readonly Entries: readonly { readonly Source: string; readonly DetailType: string; readonly Detail: string }[];
}

/** EventBridge: takes PutEvents and hands every event to its target, twice, because once is not promised. */
async function eventBus(deliver: (event: ReturnType<typeof bus<unknown>>) => void): Promise<Listening> {
  return listening(
    createServer(async (req, res) => {
      const { Entries } = JSON.parse((await bodyOf(req)).toString("utf8")) as PutEvents;
      const results = Entries.map((_, i) => ({ EventId: String(i) }));
      res.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      res.end(JSON.stringify({ FailedEntryCount: 0, Entries: results }));
      for (const { Source, DetailType, Detail } of [...Entries, ...Entries])
        deliver(bus(JSON.parse(Detail) as unknown, DetailType, Source));
    }),
  );
}

/** Where the sandbox's event source posts: a function URL. */
const functionUrlGateway = (invoke: (event: unknown) => Promise<unknown>): Promise<Listening> =>
  listening(
    createServer(async (req, res) => {
      const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
      const answer = (await invoke(functionUrl({ headers, body: await bodyOf(req) }))) as { statusCode?: number };
      res.writeHead(answer.statusCode ?? 502).end();
    }),
  );

export interface Stage {
  readonly dynamo: StandIn;
  readonly table: string;
  /** Types that were put on the bus, in order. */
  readonly told: string[];
  close(): Promise<void>;
}

async function environment(dynamo: StandIn, table: string, busUrl: string): Promise<Record<string, string>> {
  return {
    ...policyAt(12),
    AWS_REGION: awsRegion,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: busUrl,
    KEDA_MEDIC_STORE: "dynamodb",
    KEDA_MEDIC_DYNAMODB_TABLE: table,
    KEDA_MEDIC_EVENT_BUS: "medic",
    KEDA_MEDIC_EKS_CLUSTER: cluster,
    KEDA_MEDIC_EKS_CA: "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----",
  };
}

const isForRestart = (type: string): boolean =>
  /^dev\.kedamedic\.(restart\.requested|pods\.end-requested)\./.test(type);
const isForRespond = (type: string): boolean => /^dev\.kedamedic\.restart\.(performed|refused)\./.test(type);

/** The three deployed functions around a sandbox, with table, bus, schedule and function URL between them. */
export async function openStage(world: InProcessWorld, { unroutable = false } = {}): Promise<Stage> {
  const dynamo = await startDynalite();
  const table = await dynamo.table();
  const told: string[] = [];
  const handlers = new Map<Role, LambdaHandler>();
  const invoke = (role: Role, event: unknown): Promise<unknown> =>
    (handlers.get(role)?.(event) ?? Promise.resolve()).catch(() => ({ statusCode: 502 }));
  const eventBridge = await eventBus((event) => {
    const type = event["detail-type"];
    told.push(type);
    if (isForRestart(type)) void invoke("restart", event);
    else if (isForRespond(type)) void invoke("respond", event);
  });
  const opened: Listening[] = [eventBridge];
  Object.assign(process.env, await environment(dynamo, table, eventBridge.url));
  for (const role of ["respond", "restart", "sweep"] as const) {
    const gateway = await eksGateway(world, { role, unroutable });
    opened.push(gateway);
    process.env["KEDA_MEDIC_EKS_ENDPOINT"] = gateway.url;
    handlers.set(role, await lambdaHandler(role));
  }
  const url = await functionUrlGateway((event) => invoke("respond", event));
  opened.push(url);
  world.events.sendTo(url.url);
  const ticker = setInterval(() => void invoke("sweep", scheduled()), 3000);
  return {
    dynamo,
    table,
    told,
    async close() {
      clearInterval(ticker);
      world.events.stop();
      await new Promise((resolve) => setTimeout(resolve, 500));
      for (const server of opened) await server.close();
      await dynamo.close();
    },
  };
}
