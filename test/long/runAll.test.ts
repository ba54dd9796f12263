import { afterEach, describe, expect, jest, test } from "@jest/globals";
import type { Role } from "../../src/compose.ts";
import { parseConfig } from "../../src/edge/config.ts";
import { type Hosted, host } from "../../src/host.ts";
import { policyAt, timingAt } from "../../src/sandbox/demo/timing.ts";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { scalingActive } from "../../src/sandbox/picture.ts";
import type { WorldOptions } from "../../src/sandbox/worldOptions.ts";

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
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { path } = await world.kubeconfig("admin");
  const hosted = await host(parsed.config, role, { kubeconfig: path, ownTimer: true });
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

describe("run --role all", () => {
  test("heals the incident from events, with one restart, and wakes up by itself to see that it helped", async () => {
    const world = await worldOf();
    const { port } = await start(world, "all");
    world.events.sendTo(`http://127.0.0.1:${port}/`);
    await incident(world);
    await world.until("keda-medic to say Recovered", () => said('"code":"Recovered"'), 60_000);
    expect(await allSay(world, "True")).toBe(true);
    expect(await world.rollouts("metrics-apiserver")).toBe(1);
    expect(await world.rollouts("operator")).toBe(0);
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
