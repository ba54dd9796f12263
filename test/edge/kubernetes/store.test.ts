import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { newInstallation } from "../../../src/core/installation.ts";
import { type KubeClient, kubeClient } from "../../../src/edge/kubernetes/client.ts";
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

  test("one load is one GET, one save is one POST or PUT", async () => {
    await store.saveIncident(smallIncident("a"), undefined);
    const loaded = await store.loadIncident("a");
    await store.saveIncident(smallIncident("a"), loaded?.version);
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${path}`,
      `GET ${path}/a`,
      `PUT ${path}/a`,
    ]);
    expect(client.stats.requests).toBe(3);
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
  ])("an incident edited into nonsense (%s) is Malformed and left out of lists", async (_, edit, sentence) => {
    await store.saveIncident(smallIncident("good"), undefined);
    await store.saveIncident(smallIncident("bad"), undefined);
    const bad = api.objects.get(`${path}/bad`);
    if (bad === undefined) throw new Error("not saved");
    api.objects.set(`${path}/bad`, { ...bad, status: { ...(bad["status"] as object), ...edit } });
    const failure = store.loadIncident("bad");
    await expect(failure).rejects.toMatchObject({ name: "StoreError", code: "Malformed", retryable: false });
    await expect(failure).rejects.toThrow(sentence);
    expect((await store.listIncidents()).map(({ document }) => document.name)).toEqual(["good"]);
    expect(warned).toEqual([["incidents that cannot be read are left out", { count: 1 }]]);
  });

  test("what people add beside our fields does no harm", async () => {
    await store.saveIncident(smallIncident("a"), undefined);
    const known = api.objects.get(`${path}/a`);
    if (known === undefined) throw new Error("not saved");
    api.objects.set(`${path}/a`, { ...known, status: { ...(known["status"] as object), note: "mine" } });
    expect((await store.loadIncident("a"))?.document).toEqual(smallIncident("a"));
  });

  test("missing rights name verb and resource", async () => {
    api.forbidden.add("get incidents").add("list incidents").add("create incidents").add("update installations");
    const forbidden = (verb: string, resource = "incidents") => ({
      code: "Forbidden",
      retryable: false,
      message: `cannot ${verb} resource "${resource}" in API group "kedamedic.dev" in the namespace "keda-medic": grant verb ${verb} on ${resource}.kedamedic.dev`,
    });
    await expect(store.loadIncident("a")).rejects.toMatchObject(forbidden("get"));
    await expect(store.listIncidents()).rejects.toMatchObject(forbidden("list"));
    await expect(store.saveIncident(smallIncident("a"), undefined)).rejects.toMatchObject(forbidden("create"));
    await expect(store.saveInstallation(newInstallation("i", 0), "1")).rejects.toMatchObject(
      forbidden("update", "installations"),
    );
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
