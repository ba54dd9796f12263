import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Incident } from "../../src/core/incident.ts";
import { type Installation, newInstallation } from "../../src/core/installation.ts";
import type { Store } from "../../src/ports/store.ts";

export interface StoreUnderTest {
  readonly store: Store;
  close?(): Promise<void>;
}

const at = Date.UTC(2026, 10, 23, 17, 3, 2, 7);

/** An incident with as little in it as there can be. */
export const smallIncident = (name: string, more: Partial<Incident> = {}): Incident => ({
  name,
  installation: "test.keda",
  generation: "f".repeat(64),
  phase: "watching",
  openedAt: at,
  updatedAt: at,
  symptoms: [],
  effects: [],
  failedHpas: [],
  moreFailedHpas: false,
  foundBy: "event",
  ...more,
});

/** An incident in which every field is set, instants with odd milliseconds, texts with odd characters. */
export const fullIncident = (name: string): Incident => ({
  ...smallIncident(name, { phase: "acting", openedAt: 0, updatedAt: at + 1, foundBy: "sweep" }),
  dueAt: at + 999,
  symptoms: [
    { kind: "MetricFailed", first: at - 1, last: at },
    { kind: "SecretChanged", first: 1, last: 2 },
  ],
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  cause: "StaleVerifier",
  diagnosis: {
    code: "StaleVerifier",
    sentence: 'x509: "keda-operator" – ü, \n\u2028 and 𝒳',
    permanentCure: "Upgrade.",
  },
  decision: {
    kind: "restart",
    code: "RestartVerifier",
    sentence: "",
    targets: [
      { component: "operator", namespace: "keda", name: "keda-operator" },
      { component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver" },
    ],
    dueAt: at + 1_234_567,
  },
  waitingSince: at - 60_001,
  plan: {
    cause: "StaleVerifier",
    reservedAt: at,
    evidenceHash: "e".repeat(64),
    steps: [
      {
        component: "operator",
        namespace: "keda",
        name: "keda-operator",
        state: "performed",
        performedAt: at,
        stalePods: [{ name: "p", uid: "u" }],
      },
      { component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver", state: "reserved" },
    ],
  },
  effects: [
    { id: "a", kind: "requestRestart", type: "", component: "operator", createdAt: at, attempts: 0 },
    { id: "c", kind: "requestEndPods", type: "", component: "metrics-apiserver", createdAt: at, attempts: 1 },
    { id: "b", kind: "report", type: "t", createdAt: at, attempts: 3, lastAttemptAt: at + 5 },
  ],
  failedHpas: ["default/web", "team/ü"],
  moreFailedHpas: true,
  recoverySeenAt: at + 7,
  outcome: { result: "recovered", at: at + 8, sentence: "The symptom is gone." },
});

const fullInstallation = (name: string): Installation => ({
  ...newInstallation(name, at),
  dueAt: at + 33,
  generations: [
    {
      generation: "1".repeat(64),
      leafPem: "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n",
      caPem: "",
      writtenAt: at,
      seenAt: at + 1,
      writers: ["cert-manager-certificates-issuing"],
    },
  ],
  rotations: [at, at + 1],
  reservations: [{ generation: "1".repeat(64), components: ["operator", "metrics-apiserver"], cause: "c", at }],
  restarts: [
    { generation: "1".repeat(64), operator: at + 2, metricsApiserver: at + 3 },
    { generation: "2".repeat(64), operator: at + 4 },
  ],
  breaker: ["2".repeat(64)],
});

/** Loads, adds and saves until nobody else was faster. */
async function addMark(store: Store, mark: string): Promise<void> {
  for (;;) {
    const loaded = await store.loadInstallation("i");
    if (loaded === undefined) throw new Error("the installation is gone");
    const next = { ...loaded.document, breaker: [...loaded.document.breaker, mark] };
    if ((await store.saveInstallation(next, loaded.version)).saved) return;
  }
}

/** What every store must do. `makeStore` gives a new, empty one. */
export function storeContract(name: string, makeStore: () => Promise<StoreUnderTest> | StoreUnderTest): void {
  describe(`store contract: ${name}`, () => {
    let made: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      made = await makeStore();
      store = made.store;
    });
    afterEach(async () => {
      await made.close?.();
    });

    const saveNew = async (incident: Incident): Promise<string> => {
      const saved = await store.saveIncident(incident, undefined);
      if (!saved.saved) throw new Error(`${incident.name} exists`);
      return saved.version;
    };

    test("an unknown name is undefined", async () => {
      expect(await store.loadIncident("nobody")).toBeUndefined();
      expect(await store.loadInstallation("nobody")).toBeUndefined();
      expect(await store.listIncidents()).toEqual([]);
    });

    test.each([smallIncident("small"), fullIncident("full")])("incident $name comes back exactly", async (incident) => {
      const version = await saveNew(incident);
      expect(await store.loadIncident(incident.name)).toEqual({ document: incident, version });
      expect(JSON.stringify((await store.loadIncident(incident.name))?.document.symptoms)).toBe(
        JSON.stringify(incident.symptoms),
      );
      expect(await store.listIncidents()).toEqual([{ document: incident, version }]);
    });

    test.each([newInstallation("new.keda", at), fullInstallation("full.keda")])(
      "installation $name comes back exactly",
      async (installation) => {
        const saved = await store.saveInstallation(installation, undefined);
        expect(await store.loadInstallation(installation.name)).toEqual({
          document: installation,
          version: saved.saved ? saved.version : "not saved",
        });
      },
    );

    test("a field that is gone stays gone", async () => {
      const version = await saveNew(fullIncident("a"));
      // What it is about stays: installation, generation, and when it was opened.
      const next = smallIncident("a", { openedAt: fullIncident("a").openedAt, updatedAt: at + 50 });
      expect(await store.saveIncident(next, version)).toMatchObject({ saved: true });
      expect((await store.loadIncident("a"))?.document).toEqual(next);
    });

    test("creating what exists is a conflict and changes nothing", async () => {
      await saveNew(smallIncident("a"));
      const again = await store.saveIncident(smallIncident("a", { phase: "closed" }), undefined);
      expect(again).toEqual({ saved: false, reason: "conflict" });
      expect((await store.loadIncident("a"))?.document.phase).toBe("watching");
      await store.saveInstallation(newInstallation("i", at), undefined);
      expect(await store.saveInstallation(newInstallation("i", at), undefined)).toMatchObject({ saved: false });
    });

    test("saving over another version is a conflict and changes nothing", async () => {
      const first = await saveNew(smallIncident("a"));
      const second = await store.saveIncident(smallIncident("a", { phase: "acting" }), first);
      expect(second).toMatchObject({ saved: true });
      const late = await store.saveIncident(smallIncident("a", { phase: "closed" }), first);
      expect(late).toEqual({ saved: false, reason: "conflict" });
      expect((await store.loadIncident("a"))?.document.phase).toBe("acting");
    });

    test("saving over what does not exist is a conflict and creates nothing", async () => {
      const version = await saveNew(smallIncident("a"));
      expect(await store.saveIncident(smallIncident("b"), version)).toEqual({ saved: false, reason: "conflict" });
      expect(await store.loadIncident("b")).toBeUndefined();
    });

    test("no update is lost among 20 concurrent savers", async () => {
      await store.saveInstallation(newInstallation("i", at), undefined);
      const marks = Array.from({ length: 20 }, (_, i) => `mark-${i}`);
      await Promise.all(marks.map((mark) => addMark(store, mark)));
      expect([...((await store.loadInstallation("i"))?.document.breaker ?? [])].sort()).toEqual(marks.sort());
    });

    test("of 20 that create the same document one succeeds", async () => {
      const saves = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.saveIncident(smallIncident("a", { updatedAt: at + i }), undefined)),
      );
      expect(saves.filter((save) => save.saved)).toHaveLength(1);
    });

    test("lists the newest first, and no more than asked for", async () => {
      for (const [name, age] of [
        ["old", 2],
        ["newest", 0],
        ["new", 1],
      ] as const)
        await saveNew(smallIncident(name, { updatedAt: at - age }));
      const names = async (limit?: number) => (await store.listIncidents(limit)).map(({ document }) => document.name);
      expect(await names()).toEqual(["newest", "new", "old"]);
      expect(await names(2)).toEqual(["newest", "new"]);
    });

    test("whoever changes a document changes only a copy", async () => {
      const incident = structuredClone(fullIncident("a"));
      await saveNew(incident);
      (incident.failedHpas as string[]).push("mine");
      const loaded = await store.loadIncident("a");
      expect(loaded?.document.failedHpas).not.toContain("mine");
      (loaded?.document.failedHpas as string[] | undefined)?.push("mine");
      expect((await store.loadIncident("a"))?.document.failedHpas).not.toContain("mine");
    });

    test("an incident may have 4 KB of JSON, an installation 16 KB, and no byte more", async () => {
      const padded = <T extends object>(document: T, key: keyof T, size: number): T => {
        const missing = size - Buffer.byteLength(JSON.stringify({ ...document, [key]: [""] }));
        return { ...document, [key]: ["x".repeat(missing)] };
      };
      const incident = (size: number) => padded(smallIncident("a"), "failedHpas", size);
      const installation = (size: number) => padded(newInstallation("i", at), "breaker", size);
      const tooLarge = { name: "StoreError", code: "TooLarge", retryable: false };
      await expect(store.saveIncident(incident(4097), undefined)).rejects.toMatchObject(tooLarge);
      await expect(store.saveInstallation(installation(16_385), undefined)).rejects.toMatchObject(tooLarge);
      expect(await store.loadIncident("a")).toBeUndefined();
      expect(await store.saveIncident(incident(4096), undefined)).toMatchObject({ saved: true });
      expect(await store.saveInstallation(installation(16_384), undefined)).toMatchObject({ saved: true });
    });
  });
}
