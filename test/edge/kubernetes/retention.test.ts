import { describe, expect, test } from "@jest/globals";
import type { Incident } from "../../../src/core/incident.ts";
import { days } from "../../../src/core/instant.ts";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { removeClosed } from "../../../src/edge/kubernetes/retention.ts";
import { kubernetesStore } from "../../../src/edge/kubernetes/store.ts";
import { smallIncident } from "../../contracts/store.contract.ts";
import { type FakeApi, fakeApi } from "./fakeApi.ts";
import { accessTo, serve, type TestServer } from "./server.ts";

const now = Date.UTC(2026, 10, 24);
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const path = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";

interface Kept {
  readonly api: FakeApi;
  readonly server: TestServer;
  readonly tidy: () => Promise<number>;
  readonly at: { now: number };
  /** Runs after the list was answered. */
  readonly then: { listed: () => void };
}

async function withIncidents(all: readonly Incident[], run: (of: Kept) => Promise<void>): Promise<void> {
  const api = fakeApi();
  const then = { listed: () => {} };
  const server = await serve((request) => {
    const reply = api.handler(request);
    if (request.method === "GET") then.listed();
    return reply;
  });
  const at = { now };
  const client = kubeClient(accessTo(server), { clock: { now: () => at.now } });
  const store = kubernetesStore({ client, namespace: "keda-medic" });
  for (const incident of all) await store.saveIncident(incident, undefined);
  server.received.length = 0;
  try {
    await run({
      then,
      api,
      server,
      at,
      tidy: removeClosed({ client, namespace: "keda-medic", log: quiet, keepFor: days(30) }),
    });
  } finally {
    client.close();
    await server.close();
  }
}

const closed = (name: string, age: number, more: Partial<Incident> = {}): Incident =>
  smallIncident(name, { phase: "closed", updatedAt: now - days(age), ...more });

const told = { id: "e", kind: "report", type: "t", createdAt: 0, attempts: 1 } as const;

describe("closed incidents", () => {
  test("are removed when they are older than asked for; what is open, young or not yet told stays", async () => {
    const kept = [
      closed("young", 29),
      closed("open", 90, { phase: "escalated" }),
      closed("untold", 90, { effects: [told] }),
    ];
    await withIncidents([...kept, closed("old", 31), closed("healed", 31, { phase: "recovered" })], async (w) => {
      expect(await w.tidy()).toBe(2);
      expect([...w.api.objects.keys()]).toEqual(kept.map(({ name }) => `${path}/${name}`));
    });
  });

  test("are removed 50 at a time, and with nothing left the list is read once an hour", async () => {
    const all = Array.from({ length: 70 }, (_, i) => closed(`i${i}`, 40));
    await withIncidents(all, async ({ tidy, server, at }) => {
      expect([await tidy(), await tidy(), await tidy()]).toEqual([50, 20, 0]);
      expect(server.received.filter(({ method }) => method === "GET")).toHaveLength(2);
      at.now += 3_600_000;
      await tidy();
      expect(server.received.filter(({ method }) => method === "GET")).toHaveLength(3);
    });
  });

  test.each([
    ["closed", days(40), false],
    ["a phase of another version", days(40), false],
    ["escalated", days(40), true],
    ["closed", days(20), true],
  ])("of which nobody can read the rest go by phase and age: %s, %i ms old", async (phase, age, stays) => {
    await withIncidents([closed("odd", 40)], async ({ api, tidy }) => {
      const known = api.objects.get(`${path}/odd`);
      if (known === undefined) throw new Error("no incident was saved");
      const metadata = { ...known.metadata, creationTimestamp: new Date(now - age).toISOString() };
      api.objects.set(`${path}/odd`, { ...known, metadata, status: { phase } });
      expect(await tidy()).toBe(stays ? 0 : 1);
      expect(api.objects.has(`${path}/odd`)).toBe(stays);
    });
  });

  test("and objects that never got a status are removed by their own age", async () => {
    await withIncidents([], async (w) => {
      const begun = (name: string, age: number) => {
        const metadata = { name, resourceVersion: "1", creationTimestamp: new Date(now - days(age)).toISOString() };
        w.api.objects.set(`${path}/${name}`, { metadata, spec: {} });
      };
      begun("young", 29);
      begun("old", 31);
      expect(await w.tidy()).toBe(1);
      expect([...w.api.objects.keys()]).toEqual([`${path}/young`]);
    });
  });

  test("that were opened again since they were read stay", async () => {
    await withIncidents([closed("a", 40)], async ({ api, tidy, then }) => {
      then.listed = () => {
        const known = api.objects.get(`${path}/a`);
        if (known !== undefined)
          api.objects.set(`${path}/a`, { ...known, metadata: { ...known.metadata, resourceVersion: "later" } });
      };
      expect(await tidy()).toBe(0);
      expect(api.objects.has(`${path}/a`)).toBe(true);
    });
  });

  test("are left alone where the right is missing, without harm", async () => {
    await withIncidents([closed("a", 40)], async ({ api, tidy }) => {
      api.forbidden.add("delete incidents");
      expect(await tidy()).toBe(0);
      expect(api.objects.size).toBe(1);
    });
  });
});
