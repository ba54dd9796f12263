import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { toSignal } from "../../src/edge/cloudevents/signal.ts";
import { serve } from "../../src/edge/hosts/node/server.ts";
import { median } from "./median.ts";

/** What `npm run bench` prints, and compares with its target. */
export interface BenchResult {
  readonly name: string;
  readonly ratio: number;
  readonly unit: string;
  readonly samples: number[];
  readonly note: string;
}

const connections = 50;
const pairs = 9;
const warmUp = 2500;
const measured = 1200;

/** A Resource-mode Event of a foreign kind, some 3 KB, as ApiServerSource posts it: decoded, classified, not ours. */
function foreignEvent(): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const involvedObject = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "web-d877d997c",
    namespace: "shop",
    uid: "d3439575",
  };
  const fields = {
    "f:count": {},
    "f:firstTimestamp": {},
    "f:involvedObject": {},
    "f:lastTimestamp": {},
    "f:message": {},
  };
  const managedFields = Array.from({ length: 2 }, () => ({
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: {
      ...fields,
      "f:reason": {},
      "f:reportingComponent": {},
      "f:source": { "f:component": {} },
      "f:type": {},
    },
    manager: "kube-controller-manager",
    operation: "Update",
    time: "2026-11-23T17:02:34Z",
  }));
  const name = "web-d877d997c.18eabb504ae0403d";
  const metadata = {
    creationTimestamp: "2026-11-23T17:02:34Z",
    managedFields,
    name,
    namespace: "shop",
    resourceVersion: "308",
  };
  const body = JSON.stringify({
    apiVersion: "v1",
    count: 1,
    eventTime: null,
    involvedObject,
    kind: "Event",
    message: "Created pod: web-d877d997c-96pk5. ".repeat(40),
    metadata,
    reason: "SuccessfulCreate",
    source: { component: "replicaset-controller" },
    type: "Normal",
  });
  const headers = {
    "ce-apiversion": "v1",
    "ce-id": "98b4af81-612c-4e71-927f-ce93dc0350a3",
    "ce-kind": "Event",
    "ce-name": name,
    "ce-namespace": "shop",
    "ce-source": "https://10.0.0.1:6443",
    "ce-specversion": "1.0",
    "ce-subject": `/apis/v1/namespaces/shop/events/${name}`,
    "ce-time": "2026-11-23T17:02:34.997006208Z",
    "ce-type": "dev.knative.apiserver.resource.add",
    "content-type": "application/json",
    "kn-namespace": "keda",
    traceparent: "00-bc6c226e06a8c458b9a63e09ec7aa535-c2780e645c5cb0be-00",
  };
  return { headers, body };
}

/** The least that any intake must do: read the body, parse it, say 204. */
function serveBare(): Promise<number> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      JSON.parse(Buffer.concat(chunks).toString("utf8"));
      res.writeHead(204).end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

async function serveOurs(): Promise<number> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const { port } = await serve({
    host: "127.0.0.1",
    port: 0,
    log: silent,
    handle: async (event) => (toSignal(event).kind === "NotOurs" ? "ignored" : "parkingFailed"),
  });
  return port;
}

interface Child {
  readonly process: ChildProcess;
  readonly port: number;
}

function startServer(which: "ours" | "bare"): Promise<Child> {
  const process = fork(import.meta.filename, [which]);
  return new Promise((resolve) => {
    process.once("message", (port) => resolve({ process, port: Number(port) }));
  });
}

/** Microseconds of CPU that a server has used so far. */
const cpuOf = ({ process }: Child): Promise<number> =>
  new Promise((resolve) => {
    process.once("message", (used) => resolve(Number(used)));
    process.send("cpu");
  });

interface Load {
  readonly port: number;
  readonly request: Buffer;
  answers: number;
  running: boolean;
}

/** One keep-alive connection that asks again as soon as it is answered. Raw bytes: the client must cost less than the server. */
function keepAsking(load: Load): Socket {
  const socket = connect(load.port, "127.0.0.1", () => socket.write(load.request));
  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    const answer = chunk.toString("latin1");
    if (!answer.startsWith("HTTP/1.1 204 ") || !answer.endsWith("\r\n\r\n")) throw new Error(answer.slice(0, 200));
    load.answers += 1;
    if (load.running) socket.write(load.request);
    else socket.end();
  });
  return socket;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Requests per second, and CPU microseconds of the server per request. */
async function measure(child: Child, ms: number): Promise<{ readonly rate: number; readonly cpu: number }> {
  const { headers, body } = foreignEvent();
  const all = { host: "127.0.0.1", ...headers, "content-length": String(Buffer.byteLength(body)) };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.from(`POST / HTTP/1.1\r\n${head.join("")}\r\n${body}`);
  const load: Load = { port: child.port, request, answers: 0, running: true };
  const sockets = Array.from({ length: connections }, () => keepAsking(load));
  await sleep(50);
  const from = { at: performance.now(), answers: load.answers, cpu: await cpuOf(child) };
  await sleep(ms);
  const answers = load.answers - from.answers;
  const rate = (answers * 1000) / (performance.now() - from.at);
  const cpu = ((await cpuOf(child)) - from.cpu) / answers;
  load.running = false;
  await sleep(50);
  for (const socket of sockets) socket.destroy();
  return { rate, cpu };
}

const round = (n: number, digits: number): number => Number(n.toFixed(digits));

/** One pair, ours first or last by turns, so that neither always gets the warmer machine. */
async function measurePair(ours: Child, bare: Child, i: number): Promise<{ rate: number; cpu: number; ours: number }> {
  const order = i % 2 === 0 ? [ours, bare] : [bare, ours];
  const results = new Map<Child, { rate: number; cpu: number }>();
  for (const child of order) results.set(child, await measure(child, measured));
  const [a, b] = [results.get(ours), results.get(bare)];
  if (a === undefined || b === undefined) throw new Error("a pair has two measurements");
  return { rate: a.rate / b.rate, cpu: b.cpu / a.cpu, ours: a.rate };
}

/**
 * Intake of an event that needs no look-up, all refusals on, through `serve`, beside bare node:http + JSON.parse of the
 * same body. The ratio is of requests per second, the median of interleaved pairs; target 0.75.
 */
export async function intakeBench(): Promise<BenchResult> {
  const [ours, bare] = await Promise.all([startServer("ours"), startServer("bare")]);
  try {
    for (const child of [ours, bare]) await measure(child, warmUp);
    const results: { rate: number; cpu: number; ours: number }[] = [];
    for (let i = 0; i < pairs; i += 1) results.push(await measurePair(ours, bare, i));
    const rates = results.map((r) => round(r.rate, 3));
    const cpu = median(results.map((r) => r.cpu));
    const rate = median(results.map((r) => r.ours));
    return {
      name: "intake",
      ratio: round(median(rates), 3),
      unit: "of bare node:http + JSON.parse, requests/s",
      samples: rates,
      note: `${Math.round(rate)} requests/s; by CPU time per request ${round(cpu, 3)}; pairs ${Math.min(...rates)} to ${Math.max(...rates)}`,
    };
  } finally {
    for (const child of [ours, bare]) child.process.kill();
  }
}

async function beServer(which: string): Promise<void> {
  const port = which === "ours" ? await serveOurs() : await serveBare();
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send?.(port);
}

if (process.argv[1] === import.meta.filename) {
  const [, , which] = process.argv;
  if (which !== undefined) await beServer(which);
  else process.stdout.write(`${JSON.stringify(await intakeBench(), null, 2)}\n`);
}
