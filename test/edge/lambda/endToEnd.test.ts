import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { dynamoStore } from "../../../src/edge/dynamodb/store.ts";
import { timingAt } from "../../../src/sandbox/demo/timing.ts";
import { createWorld, type InProcessWorld } from "../../../src/sandbox/inProcessWorld.ts";
import { scalingActive } from "../../../src/sandbox/picture.ts";
import { region } from "../dynamodb/table.ts";
import { openStage, type Stage } from "./stage.ts";

const before = { ...process.env };
let world: InProcessWorld;
let stage: Stage;
let printed: string[];

beforeEach(() => {
  printed = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(async () => {
  await stage.close();
  await world.close();
  jest.restoreAllMocks();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
});

const every = async (status: "True" | "False"): Promise<boolean> =>
  (await world.hpas()).every((hpa) => scalingActive(hpa)?.status === status);

/** keda#5683: a breaking rotation, and later the operator is killed. */
async function breakHopB(): Promise<void> {
  await world.until("the HPAs to have metrics", () => every("True"), 60_000);
  await world.rotateSecret("selfSignedRekey");
  await new Promise((resolve) => setTimeout(resolve, 6000));
  await world.oomKill("operator");
  await world.until("the HPAs to fail", () => every("False"), 60_000);
}

const incidents = async () => {
  const { dynamo, table } = stage;
  const store = dynamoStore({ client: dynamo.client(), table, region, clock: { now: () => Date.now() }, keepFor: 1 });
  return (await store.listIncidents()).map(({ document }) => document);
};

const patches = (): number =>
  world.apiServer.journal.writes().filter((w) => w.method === "PATCH" && w.status < 300).length;
const rollouts = async () => [await world.rollouts("operator"), await world.rollouts("metrics-apiserver")];

describe("the incident, on Lambda: EKS login, DynamoDB, EventBridge, function URL, schedule", () => {
  test("ends as recovered after one restart of the stale side, though the bus delivers everything twice", async () => {
    world = await createWorld({ timing: timingAt(12) });
    stage = await openStage(world);
    await breakHopB();
    await world.until("the HPAs to be scaled again", () => every("True"), 90_000);
    const done = async () => (await incidents()).some(({ phase }) => phase === "recovered");
    await world.until("the incident to be recovered", done, 90_000);
    expect([patches(), await rollouts()]).toEqual([1, [0, 1]]);
    const ended = (await incidents()).find(({ phase }) => phase === "recovered");
    expect(ended).toMatchObject({ decision: { code: "Recovered" }, outcome: { result: "recovered" } });
    const types = ["restart.requested", "restart.performed", "incident.recovered"].map((t) => `dev.kedamedic.${t}.v1`);
    await world.until("everybody to be told", () => types.every((type) => stage.told.includes(type)), 30_000);
    expect(printed.join("")).not.toMatch(/hunter2|k8s-aws-v1|PodsNotRoutable/);
  }, 240_000);

  test("is only told, where the functions cannot reach Pods: mode act observes, and every decision says so", async () => {
    world = await createWorld({ timing: timingAt(12) });
    stage = await openStage(world, { unroutable: true });
    await breakHopB();
    // Whatever the diagnosis is from here: nothing may be patched.
    const told = async () => (await incidents()).some(({ decision }) => decision !== undefined);
    await world.until("an incident to be told", told, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    expect([patches(), await rollouts()]).toEqual([0, [0, 0]]);
    for (const { decision } of await incidents())
      expect(decision?.sentence).toMatch(/^Observing only, whatever the mode: no Pod of KEDA has answered/);
    const lines = printed.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(lines.filter(({ code }) => code === "PodsNotRoutable").length).toBeGreaterThan(0);
    const decided = lines.filter(({ decision }) => decision !== undefined);
    expect(decided.length).toBeGreaterThan(3);
    for (const { message } of decided) expect(message).toMatch(/^Observing only/);
  }, 240_000);
});
