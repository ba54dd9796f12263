import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { startDynalite } from "../../edge/dynamodb/table.ts";
import { listening } from "../../edge/hosts/listening.ts";
import { bus, metricFailed, scheduled } from "../../edge/lambda/events.ts";
import type { Handler } from "./bundles.ts";
import type { Quota } from "./quota.ts";

/** Milliseconds of one cold start. */
export interface Start {
  /** From the import of the bundle until its handler is there. Node itself has started by then. */
  readonly init: number;
  /** Of the first event after it. */
  readonly first: number;
}

const request = {
  specversion: "1.0",
  id: "1",
  type: "dev.kedamedic.restart.requested.v1",
  source: "/kedamedic/bench/respond",
  data: { incident: "bench.keda.abc", component: "operator", generation: "a".repeat(64) },
};

/** An event that each of them works on: the cluster and the table are asked. */
const events: Readonly<Record<Handler, unknown>> = {
  respond: bus(metricFailed, "event", "kubernetes-event-exporter"),
  restart: bus(request, request.type, "dev.kedamedic"),
  sweep: scheduled(),
  client: {},
  empty: {},
};

/** Waits for a line, so that the process is in its cgroup before it loads anything. What a handler throws is an answer. */
const program = (file: string, event: unknown): string => `process.stdin.once("data", async () => {
  const start = performance.now();
  const { handler } = await import(${JSON.stringify(file)});
  const ready = performance.now();
  await handler(${JSON.stringify(event)}).catch(() => undefined);
  process.stdout.write("\\ntook " + (ready - start) + " " + (performance.now() - ready) + "\\n");
  process.exit(0);
}); process.stdout.write("ready\\n");`;

/** What a function talks to, on this machine: a table, and a cluster that says 403 at once. */
export interface World {
  start(name: Handler, file: string, quota: Quota | undefined): Promise<Start>;
  close(): Promise<void>;
}

const refusal = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code: 403, reason: "Forbidden" });

export async function openWorld(): Promise<World> {
  const dynamo = await startDynalite();
  const table = await dynamo.table();
  const cluster = await listening(
    createServer((_, response) => response.writeHead(403, { "content-type": "application/json" }).end(refusal)),
  );
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIA1",
    AWS_SECRET_ACCESS_KEY: "none",
    AWS_ENDPOINT_URL: dynamo.url,
    KEDA_MEDIC_STORE: "dynamodb",
    KEDA_MEDIC_DYNAMODB_TABLE: table,
    KEDA_MEDIC_EVENT_BUS: "medic",
    KEDA_MEDIC_EKS_CLUSTER: "bench",
    KEDA_MEDIC_EKS_ENDPOINT: cluster.url,
    KEDA_MEDIC_EKS_CA: "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n",
  };
  return {
    async start(name, file, quota) {
      const child = spawn(process.execPath, ["--eval", program(file, events[name])], { env, stdio: "pipe" });
      let printed = "";
      child.stdout.on("data", (chunk) => (printed += chunk));
      child.stderr.on("data", (chunk) => (printed += chunk));
      const ended = once(child, "close");
      await Promise.race([once(child.stdout, "data"), ended]);
      if (child.pid !== undefined) quota?.take(child.pid);
      child.stdin.write("go\n");
      await ended;
      const [, init, first] = /\ntook ([\d.]+) ([\d.]+)\n/.exec(printed) ?? [];
      if (init === undefined || first === undefined) throw new Error(`${name} did not start: ${printed.slice(0, 500)}`);
      return { init: Number(init), first: Number(first) };
    },
    async close() {
      await cluster.close();
      await dynamo.close();
    },
  };
}
