import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Incident } from "../../../src/core/incident.ts";
import { newInstallation } from "../../../src/core/installation.ts";
import { type KubeClient, kubeClient } from "../../../src/edge/kubernetes/client.ts";
import type { IncidentCondition } from "../../../src/edge/kubernetes/conditions.ts";
import { kubernetesStore } from "../../../src/edge/kubernetes/store.ts";
import type { Log } from "../../../src/ports/log.ts";
import type { Store } from "../../../src/ports/store.ts";
import { fullIncident, smallIncident, storeContract } from "../../contracts/store.contract.ts";
import { type FakeApi, fakeApi } from "./fakeApi.ts";
import { accessTo, type Handler, type Reply, serve, status, type TestServer, wallClock } from "./server.ts";

async function against(handler: Handler, log?: Log) {
  const server = await serve(handler);
  const client = kubeClient(accessTo(server), { clock: wallClock, backoff: 1 });
  const close = async () => {
    client.close();
    await server.close();
  };
  return {
    store: kubernetesStore({ client, namespace: "keda-medic", ...(log ? { log } : {}) }),
    server,
    client,
    close,
  };
}

storeContract("kubernetes", () => against(fakeApi().handler));

describe("as objects", () => {
  const path = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";
  let api: FakeApi;
  let store: Store;
  let server: TestServer;
  let client: KubeClient;
  let close: () => Promise<void>;
  let warned: unknown[];
  beforeEach(async () => {
    api = fakeApi();
    warned = [];
    const log: Log = { info() {}, error() {}, warn: (message, fields) => warned.push([message, fields]) };
    ({ store, server, client, close } = await against(api.handler, log));
  });
  afterEach(() => close());

  const saved = async (name: string) => {
    await store.saveIncident(smallIncident(name), undefined);
    const object = api.objects.get(`${path}/${name}`);
    if (object === undefined) throw new Error("not saved");
    return object;
  };

  test("identity is in spec, the rest in status, instants as people write them", async () => {
    await store.saveIncident(fullIncident("a"), undefined);
    expect(api.objects.get(`${path}/a`)).toMatchObject({
      apiVersion: "kedamedic.dev/v1alpha1",
      kind: "Incident",
      metadata: { name: "a", namespace: "keda-medic" },
      spec: { installation: "test.keda", generation: "f".repeat(64), openedAt: "1970-01-01T00:00:00.000Z" },
      status: {
        phase: "acting",
        updatedAt: "2026-11-23T17:03:02.008Z",
        cause: "StaleVerifier",
        decided: "restart",
        stale: "operator,metrics-apiserver",
        decision: { dueAt: "2026-11-23T17:23:36.574Z" },
      },
    });
    expect(Object.keys(api.objects.get(`${path}/a`)?.["spec"] as object)).toEqual([
      "installation",
      "generation",
      "openedAt",
    ]);
  });

  test("one load is one GET, one save is one PUT of the status; creating takes a POST before it", async () => {
    await store.saveIncident(smallIncident("a"), undefined);
    const loaded = await store.loadIncident("a");
    await store.saveIncident(smallIncident("a"), loaded?.version);
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${path}`,
      `PUT ${path}/a/status`,
      `GET ${path}/a`,
      `PUT ${path}/a/status`,
    ]);
    expect(client.stats.requests).toBe(4);
  });

  test.each([
    ["phase", { phase: "lost" }, "status.phase is not one of watching, acting"],
    ["updatedAt", { updatedAt: "yesterday" }, "status.updatedAt is not an RFC 3339"],
    ["updatedAt", { updatedAt: 5 }, "status.updatedAt is not an RFC 3339"],
    ["failedHpas", { failedHpas: "web" }, "status.failedHpas is not a list"],
    ["failedHpas", { failedHpas: [1] }, "status.failedHpas[0] is not a string"],
    ["moreFailedHpas", { moreFailedHpas: "no" }, "status.moreFailedHpas is not a boolean"],
    ["decision", { decision: 1 }, "status.decision is not an object"],
    ["diagnosis", { diagnosis: { code: "c" } }, "status.diagnosis.sentence is not a string"],
    ["effects", { effects: [{ attempts: 1.5 }] }, "status.effects[0].id is not a string"],
    ["symptoms", { symptoms: null }, "status.symptoms is not a list"],
  ])(
    "an incident edited into nonsense (%s) counts as deleted, is said, and is written anew",
    async (_, edit, sentence) => {
      await store.saveIncident(smallIncident("good"), undefined);
      await store.saveIncident(smallIncident("bad"), undefined);
      const bad = api.objects.get(`${path}/bad`);
      if (bad === undefined) throw new Error("not saved");
      api.objects.set(`${path}/bad`, { ...bad, status: { ...(bad["status"] as object), ...edit } });
      expect(await store.loadIncident("bad")).toBeUndefined();
      expect(warned).toEqual([[expect.stringContaining(sentence), { name: "bad" }]]);
      expect((await store.listIncidents()).map(({ document }) => document.name)).toEqual(["good"]);
      expect(warned[1]).toEqual(["incidents that cannot be read are left out", { count: 1 }]);
      expect(await store.saveIncident(smallIncident("bad"), undefined)).toMatchObject({ saved: true });
      expect((await store.loadIncident("bad"))?.document).toEqual(smallIncident("bad"));
    },
  );

  test("what a crash between creating and the first status leaves is no document, and the next save takes it over", async () => {
    const { status: _, ...orphan } = { ...(await saved("a")), status: undefined };
    api.objects.set(`${path}/a`, orphan as never);
    expect(await store.loadIncident("a")).toBeUndefined();
    expect(await store.listIncidents()).toEqual([]);
    expect(warned).toEqual([]);
    expect(await store.saveIncident(smallIncident("a", { phase: "acting" }), "101")).toMatchObject({ saved: false });
    expect(await store.saveIncident(smallIncident("a", { phase: "acting" }), undefined)).toMatchObject({ saved: true });
    expect((await store.loadIncident("a"))?.document.phase).toBe("acting");
    expect(await store.saveIncident(smallIncident("a"), undefined)).toEqual({ saved: false, reason: "conflict" });
  });

  test("an object of that name about another generation is never ours", async () => {
    const known = await saved("a");
    api.objects.set(`${path}/a`, { ...known, spec: { ...(known["spec"] as object), generation: "other" }, status: 1 });
    await expect(store.saveIncident(smallIncident("a"), undefined)).rejects.toMatchObject({
      code: "Malformed",
      message: expect.stringContaining("delete it"),
    });
  });

  test("an object that is deleted between load and save is a conflict", async () => {
    await saved("a");
    const loaded = await store.loadIncident("a");
    api.objects.delete(`${path}/a`);
    expect(await store.saveIncident(smallIncident("a"), loaded?.version)).toEqual({ saved: false, reason: "conflict" });
    expect(api.objects.size).toBe(0);
  });

  test.each([undefined, "version"] as const)("a CRD without a status subresource is said (%s)", async (expected) => {
    await saved("a");
    const version = (await store.loadIncident("a"))?.version;
    api.oldCrd = true;
    const older = { code: "MissingCrd", retryable: false, message: expect.stringContaining("no status subresource") };
    const save = store.saveIncident(smallIncident(expected ? "a" : "b"), expected && version);
    await expect(save).rejects.toMatchObject(older);
  });

  test("a CRD that drops a field is said: nothing may be done on the strength of half a document", async () => {
    api.dropped.add("plan");
    const save = store.saveIncident(fullIncident("a"), undefined);
    await expect(save).rejects.toMatchObject({ code: "MissingCrd", message: expect.stringContaining("not keep plan") });
  });

  test("conditions tell open, recovered, attention and pause, and keep their time while nothing changes", async () => {
    const conditions = () => {
      const shown = api.objects.get(`${path}/a`)?.["status"] as { conditions: readonly IncidentCondition[] };
      return Object.fromEntries(
        shown.conditions.map((c) => [c.type, `${c.status} ${c.reason} ${c.lastTransitionTime}`]),
      );
    };
    const decision = { kind: "refuse", code: "PausedByAnnotation", sentence: "s", targets: [] } as const;
    const at = Date.UTC(2026, 10, 24);
    const save = async (more: Partial<Incident>) =>
      store.saveIncident(smallIncident("a", more), (await store.loadIncident("a"))?.version);
    await save({ updatedAt: at });
    await save({ updatedAt: at + 60_000, decision });
    expect(conditions()).toEqual({
      Open: "True Watching 2026-11-24T00:00:00Z",
      Recovered: "Unknown NotYetKnown 2026-11-24T00:00:00Z",
      AttentionNeeded: "True PausedByAnnotation 2026-11-24T00:01:00Z",
      Paused: "True PausedByAnnotation 2026-11-24T00:01:00Z",
    });
    const outcome = { result: "recovered", at, sentence: "x" } as const;
    await save({ updatedAt: at + 120_000, phase: "recovered", outcome });
    expect(conditions()).toEqual({
      Open: "False Recovered 2026-11-24T00:02:00Z",
      Recovered: "True Recovered 2026-11-24T00:02:00Z",
      AttentionNeeded: "False NothingToDo 2026-11-24T00:02:00Z",
      Paused: "False NotPaused 2026-11-24T00:02:00Z",
    });
  });

  test("the largest incident stays below 6 KB as an object, conditions and all", async () => {
    const sentence = "y".repeat(700);
    const decision = { kind: "restart", code: "c", sentence, targets: [] } as const;
    const outcome = { result: "recovered", at: 0, sentence } as const;
    await store.saveIncident({ ...fullIncident("a"), decision, outcome }, undefined);
    const object = api.objects.get(`${path}/a`);
    expect(JSON.stringify([object?.["spec"], object?.["status"]]).length).toBeLessThan(6 * 1024);
  });

  test("what people add beside our fields does no harm", async () => {
    await store.saveIncident(smallIncident("a"), undefined);
    const known = api.objects.get(`${path}/a`);
    if (known === undefined) throw new Error("not saved");
    api.objects.set(`${path}/a`, { ...known, status: { ...(known["status"] as object), note: "mine" } });
    expect((await store.loadIncident("a"))?.document).toEqual(smallIncident("a"));
  });

  test("missing rights name verb and resource", async () => {
    api.forbidden.add("get incidents").add("list incidents").add("create incidents").add("update installations/status");
    const forbidden = (verb: string, resource = "incidents") => ({
      code: "Forbidden",
      retryable: false,
      message: `cannot ${verb} resource "${resource}" in API group "kedamedic.dev" in the namespace "keda-medic": grant verb ${verb} on ${resource}.kedamedic.dev`,
    });
    await expect(store.loadIncident("a")).rejects.toMatchObject(forbidden("get"));
    await expect(store.listIncidents()).rejects.toMatchObject(forbidden("list"));
    await expect(store.saveIncident(smallIncident("a"), undefined)).rejects.toMatchObject(forbidden("create"));
    await expect(store.saveInstallation(newInstallation("i", 0), "1")).rejects.toMatchObject({
      code: "Forbidden",
      message: expect.stringContaining("grant verb update on installations/status"),
    });
  });

  test("a cluster without our CRDs says so, for every call", async () => {
    api.unknown.add("kedamedic.dev/v1alpha1");
    const missing = {
      code: "MissingCrd",
      retryable: false,
      message: expect.stringContaining("CustomResourceDefinitions"),
    };
    await expect(store.loadIncident("a")).rejects.toMatchObject(missing);
    await expect(store.listIncidents()).rejects.toMatchObject(missing);
    await expect(store.saveIncident(smallIncident("a"), undefined)).rejects.toMatchObject(missing);
    await expect(store.saveIncident(smallIncident("a"), "1")).rejects.toMatchObject(missing);
  });
});

describe("an API server that answers", () => {
  test.each<[string, Reply | "reset", object]>([
    ["500", status(500, "InternalError", "etcd"), { code: "Unreachable", retryable: true }],
    ["429", status(429, "TooManyRequests", "busy"), { code: "Unreachable", retryable: true }],
    ["504", status(504, "Timeout", "slow"), { code: "Unreachable", retryable: true }],
    ["nothing", "reset", { code: "Unreachable", retryable: true }],
    ["401", status(401, "Unauthorized", "no"), { code: "Forbidden", retryable: false }],
    ["413", status(413, "RequestEntityTooLarge", "big"), { code: "TooLarge", retryable: false }],
    ["422", status(422, "Invalid", "status.phase: wrong"), { code: "Malformed", retryable: false }],
    [
      "no such namespace",
      status(404, "NotFound", 'namespaces "keda-medic" not found', { name: "keda-medic", kind: "namespaces" }),
      { code: "MissingCrd", message: "the namespace keda-medic does not exist" },
    ],
  ])("%s is told apart", async (_, reply, expected) => {
    const { store, close } = await against(() => reply);
    await expect(store.saveIncident(smallIncident("a"), undefined)).rejects.toMatchObject(expected);
    await expect(store.saveIncident(smallIncident("a"), "1")).rejects.toMatchObject(expected);
    await close();
  });

  test("a list that expires between pages is begun once more, and no incident comes twice", async () => {
    const api = fakeApi();
    const first = await against(api.handler);
    await first.store.saveIncident(smallIncident("a"), undefined);
    await first.close();
    const items = [...api.objects.values()];
    let expired = 0;
    const { store, close } = await against(({ url }) => {
      if (!url.includes("continue")) return { body: { items, metadata: { continue: "next" } } };
      return expired++ === 0 ? status(410, "Expired", "too old") : { body: { items: [], metadata: {} } };
    });
    const listed = await store.listIncidents();
    await close();
    expect(listed.map(({ document }) => document.name)).toEqual(["a"]);
    expect(expired).toBe(2);
  });

  test("no object at all is Malformed", async () => {
    const { store, close } = await against(() => ({ body: "<html>" }));
    await expect(store.loadIncident("a")).rejects.toMatchObject({ code: "Malformed" });
    await close();
  });

  test("a slow error on GET is repeated before it is told", async () => {
    let calls = 0;
    const { store, close } = await against(() => (++calls < 3 ? { status: 500 } : fakeApi().handler(never)));
    expect(await store.loadIncident("a")).toBeUndefined();
    expect(calls).toBe(3);
    await close();
  });
});

const never = {
  method: "GET",
  url: "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents/a",
  headers: {},
  body: "",
  client: undefined,
};
