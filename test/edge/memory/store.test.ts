import { expect, test } from "@jest/globals";
import { memoryStore } from "../../../src/edge/memory/store.ts";
import { smallIncident, storeContract } from "../../contracts/store.contract.ts";

storeContract("memory", () => ({ store: memoryStore() }));

test("keeps no more than its limit: the least recently updated document goes", async () => {
  const store = memoryStore({ limit: 2 });
  await store.saveIncident(smallIncident("a", { updatedAt: 2 }), undefined);
  await store.saveIncident(smallIncident("b", { updatedAt: 1 }), undefined);
  await store.saveIncident(smallIncident("c", { updatedAt: 3 }), undefined);
  expect((await store.listIncidents()).map(({ document }) => document.name)).toEqual(["c", "a"]);
});

test("updating a document of a full store pushes none out", async () => {
  const store = memoryStore({ limit: 1 });
  const saved = await store.saveIncident(smallIncident("a"), undefined);
  expect(
    await store.saveIncident(smallIncident("a", { updatedAt: 5 }), saved.saved ? saved.version : ""),
  ).toMatchObject({
    saved: true,
  });
  expect(await store.listIncidents()).toHaveLength(1);
});
