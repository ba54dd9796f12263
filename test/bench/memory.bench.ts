import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { build } from "../build/build.ts";
import { object } from "../edge/kubernetes/standIn.ts";
import { type ControlGroup, controlGroup } from "./controlGroup.ts";
import type { BenchResult } from "./intake.bench.ts";

interface Resources {
  readonly resources: { readonly limits: { readonly memory: string } };
}

const root = join(import.meta.dirname, "../..");

const events = 100_000;
/** As long as a heap takes to find its size: restart answers each request with a look and a report, the others hardly make any. */
const warmUpOf = (role: string): number => (role === "restart" ? 40_000 : 240_000);
const atOnce = 50;

interface Child {
  readonly port: number;
  /** Bytes, as the kernel counts them. */
  rss(): Promise<number>;
  stop(): Promise<void>;
}

interface Starting {
  /** Folder of the bundle. */
  readonly bundle: string;
  readonly kubeconfig: string;
  readonly sink: string;
  readonly group: ControlGroup | undefined;
}

/** Bytes of `resources.limits.memory` in the chart's values. */
function chartLimit(role: string): number {
  const values = load(readFileSync(join(root, "infra/helm/keda-medic/values.yaml"), "utf8")) as Record<
    string,
    Resources
  >;
  const text = values[role === "restart" ? "restart" : "respond"]?.resources.limits.memory ?? "";
  const mebibytes = /^(\d+)Mi$/.exec(text)?.[1];
  if (mebibytes === undefined) throw new Error(`values.yaml: ${role} has the memory limit "${text}", not so many Mi`);
  return Number(mebibytes) * 1_048_576;
}

/** The limit of its container in the chart: V8 sizes its heap by it, and the kernel ends what needs more. */
function containerOf(role: string): ControlGroup | undefined {
  const limit = String(chartLimit(role));
  return controlGroup(`keda-medic-bench-${process.pid}-${role}`, {
    controller: "memory",
    v1: { "memory.limit_in_bytes": limit, "memory.swappiness": "0" },
    v2: { "memory.max": limit, "memory.swap.max": "0" },
  });
}

/** A function as it is deployed: a process of its own, out of the bundle, and in its group from the first byte. */
async function start(role: string, { bundle, kubeconfig, sink, group }: Starting): Promise<Child> {
  const { PATH } = process.env;
  const env = { PATH, KEDA_MEDIC_SINK: sink, KEDA_MEDIC_CLUSTER: "bench", HOST: "127.0.0.1" };
  const main = join(bundle, "cli/keda-medic.js");
  const argv = [process.execPath, main, "run", "--role", role, "--port", "0", "--kubeconfig", kubeconfig];
  const enter = 'echo $$ > "$0" && exec "$@"';
  const child = spawn("/bin/sh", ["-c", enter, group?.processes ?? "/dev/null", ...argv], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    let said = "";
    child.once("exit", () => reject(new Error(`${role} ended: ${said}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString();
      const found = /listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return {
    port,
    rss: () => residentOf(child.pid ?? 0),
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

async function residentOf(pid: number): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** What reaches a function: failing HPAs for those who judge, requests for restart, ticks for sweep among them. */
function eventFor(role: string, i: number): { readonly type: string; readonly body: unknown } {
  if (role === "restart")
    return {
      type: "dev.kedamedic.restart.requested.v1",
      body: { incident: `bench.keda.${i}`, component: "operator", generation: "f".repeat(64) },
    };
  if (role === "sweep" && i % 1000 === 0) return { type: "dev.kedamedic.sweep.tick.v1", body: {} };
  const involvedObject = {
    kind: "HorizontalPodAutoscaler",
    namespace: "shop",
    name: `keda-hpa-${i}`,
    apiVersion: "autoscaling/v2",
  };
  const message =
    "unable to get external metric shop/s0/: unable to fetch metrics from external metrics API: the server was unable to return a response in the time allotted";
  return {
    type: "dev.knative.apiserver.resource.add",
    body: { kind: "Event", metadata: { name: `e${i}` }, involvedObject, reason: "FailedGetExternalMetric", message },
  };
}

async function post(port: number, role: string, i: number): Promise<void> {
  const { type, body } = eventFor(role, i);
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": `event-${i}`,
      "ce-source": "bench",
      "ce-type": type,
      ...(type.includes("apiserver") ? { "ce-kind": "Event" } : {}),
    },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
}

async function flood(port: number, role: string, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, k) => post(port, role, i + k)));
}

const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2000));

async function measure(world: InProcessWorld, role: string, by: Pick<Starting, "bundle" | "sink">) {
  const group = containerOf(role);
  const child = await start(role, { ...by, kubeconfig: (await world.kubeconfig("admin")).path, group });
  try {
    await idle();
    const atRest = await child.rss();
    const warmUp = warmUpOf(role);
    await flood(child.port, role, 0, warmUp);
    await idle();
    const before = await child.rss();
    await flood(child.port, role, warmUp, events);
    await idle();
    const after = await child.rss();
    return { role, atRest, before, after, limited: group !== undefined };
  } finally {
    await child.stop();
    group?.remove();
  }
}

const mb = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;

/** RSS of each function, idle and after 100,000 events more than it was warmed up with, within its container's limit. */
export async function memoryBench(): Promise<BenchResult> {
  const bundle = mkdtempSync(join(tmpdir(), "memory-"));
  await build(bundle);
  const world = await createWorld({ speed: 1, timing: { hpaPeriod: 5000 } });
  world.objects.put("leases", object("keda-medic", "keda-medic", {}));
  const sink = createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  try {
    const address = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
    const all = [];
    for (const role of ["respond", "restart", "sweep", "watch"])
      all.push(await measure(world, role, { bundle, sink: address }));
    const ratios = all.map(({ before, after }) => after / before);
    const note = all
      .map(({ role, atRest, before, after, limited }) => {
        const limit = limited ? `of ${mb(chartLimit(role))}` : "without a limit (no root)";
        return `${role} ${mb(atRest)} idle, ${mb(before)} -> ${mb(after)} ${limit}`;
      })
      .join("; ");
    return {
      name: "memory",
      ratio: Math.max(...ratios),
      unit: "RSS after / before 100,000 events",
      samples: ratios,
      note,
    };
  } finally {
    sink.close();
    await world.close();
    rmSync(bundle, { recursive: true, force: true });
  }
}
