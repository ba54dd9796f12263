import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import type { Role } from "../../src/compose.ts";
import { telemetry } from "../../src/core/telemetry.ts";
import { type Hosted, host } from "../../src/host.ts";
import { policyAt, timingAt } from "../../src/sandbox/demo/timing.ts";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { scalingActive } from "../../src/sandbox/picture.ts";
import type { WorldOptions } from "../../src/sandbox/worldOptions.ts";
import { configOf } from "../builders/config.ts";

/** `keda-medic run` on the system clock, against a world on the system clock: real waits, made short. */
jest.setTimeout(120_000);

const speed = 15;
const open: { world?: InProcessWorld; hosted: Hosted[]; lines: string[]; restore?: () => void } = {
  hosted: [],
  lines: [],
};

async function start(world: InProcessWorld, role: Role, more: Record<string, string> = {}): Promise<Hosted> {
  const env = {
    ...policyAt(speed),
    KEDA_MEDIC_SWEEP: "10s",
    PORT: "0",
    HOST: "127.0.0.1",
    KEDA_MEDIC_CLUSTER: "test",
    KEDA_MEDIC_NAMESPACE: "keda-medic",
    ...more,
  };
  const { path } = await world.kubeconfig("admin");
  const hosted = await host(configOf(env), role, { kubeconfig: path, ownTimer: true });
  open.hosted.push(hosted);
  return hosted;
}

async function worldOf(options: WorldOptions = {}): Promise<InProcessWorld> {
  const world = await createWorld({ ...options, timing: timingAt(speed) });
  open.world = world;
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((text: string) => open.lines.push(String(text)) > 0) as typeof process.stdout.write;
  open.restore = () => {
    process.stdout.write = write;
  };
  return world;
}

afterEach(async () => {
  open.restore?.();
  await Promise.all(open.hosted.map((h) => h.close()));
  await open.world?.close();
  open.hosted = [];
  open.lines = [];
});

const allSay = async (world: InProcessWorld, status: string): Promise<boolean> =>
  (await world.hpas()).every((hpa) => scalingActive(hpa)?.status === status);
const pause = (length: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, length));
const said = (words: string): boolean => open.lines.some((line) => line.includes(words));

async function incident(world: InProcessWorld): Promise<void> {
  await pause(3000);
  await world.rotateSecret("selfSignedRekey");
  await pause(6000);
  await world.oomKill("operator");
  await world.until("every HPA to fail", () => allSay(world, "False"), 40_000);
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly links?: readonly unknown[];
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** An OpenTelemetry collector: keeps the spans that were sent to it. */
async function collector(): Promise<{ url: string; spans: Span[]; close: () => void }> {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
    };
    spans.push(...body.resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans)));
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, close: () => server.close() };
}

describe("run --role all", () => {
  test("heals the incident from events, with one restart and in one trace, and wakes up by itself to see that it helped", async () => {
    const world = await worldOf();
    const traces = await collector();
    const { port, close } = await start(world, "all", { OTEL_EXPORTER_OTLP_ENDPOINT: traces.url });
    world.events.sendTo(`http://127.0.0.1:${port}/`);
    await incident(world);
    await world.until("keda-medic to say Recovered", () => said('"code":"Recovered"'), 60_000);
    expect(await allSay(world, "True")).toBe(true);
    expect(await world.rollouts("metrics-apiserver")).toBe(1);
    expect(await world.rollouts("operator")).toBe(0);

    await close();
    traces.close();
    const has = (span: Span, key: string) => span.attributes.some((a) => a.key === key);
    const told = traces.spans.filter((span) => has(span, telemetry.attributes.incident));
    expect(new Set(told.map((span) => span.traceId)).size).toBe(1);
    expect(new Set(told.map((span) => span.name))).toEqual(new Set([telemetry.spans.respond, telemetry.spans.restart]));
    expect(told.some((span) => (span.links ?? []).length > 0)).toBe(true);
    const logged = open.lines.find((line) => line.includes('"code":"Restarted"')) ?? "{}";
    expect(JSON.parse(logged)).toMatchObject({ trace_id: told[0]?.traceId });
  });

  test("heals it without any event and without the Incident CRD: found by sweep, kept in memory, and said so", async () => {
    const world = await worldOf({ medicCrds: false });
    await start(world, "all");
    await incident(world);
    await world.until("keda-medic to say Recovered", () => said('"code":"Recovered"'), 60_000);
    expect(said("The Incident CRD is not installed")).toBe(true);
    expect(await world.rollouts("metrics-apiserver")).toBe(1);
  });

  test("in mode observe it says what it would restart, and restarts nothing", async () => {
    const world = await worldOf();
    const { port } = await start(world, "all", { KEDA_MEDIC_MODE: "observe" });
    world.events.sendTo(`http://127.0.0.1:${port}/`);
    await incident(world);
    await world.until("keda-medic to propose the restart", () => said('"code":"MetricsApiserverStale"'), 40_000);
    await pause(3000);
    expect(world.apiServer.journal.writes().filter((w) => w.method === "PATCH")).toEqual([]);
    expect(await world.rollouts("metrics-apiserver")).toBe(0);
  });
});

describe("a role on its own", () => {
  test("does not start without the Incident CRD's store being asked: its events are answered 503 and repeated", async () => {
    const world = await worldOf({ medicCrds: false });
    const { port } = await start(world, "respond");
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "1",
      "ce-source": "/s",
      "ce-type": "dev.knative.apiserver.ref.update",
      "ce-kind": "Secret",
      "ce-name": "kedaorg-certs",
      "ce-namespace": "keda",
    };
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers,
      body: JSON.stringify({ kind: "Secret", namespace: "keda", name: "kedaorg-certs", apiVersion: "v1" }),
    });
    expect(answer.status).toBe(503);
  });
});
