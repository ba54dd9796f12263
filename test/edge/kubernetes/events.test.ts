import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { incidentRecord } from "../../../src/core/record.ts";
import { withKubernetesEvents } from "../../../src/edge/kubernetes/eventEmitter.ts";
import { eventRecorder, type Happening } from "../../../src/edge/kubernetes/events.ts";
import { eventRules, readerRules, storeRules, yamlNames } from "../../../src/edge/kubernetes/rbac.ts";
import { clusterReader } from "../../../src/edge/kubernetes/reader.ts";
import { kubernetesStore } from "../../../src/edge/kubernetes/store.ts";
import type { OutgoingEvent } from "../../../src/ports/emitter.ts";
import { grantsOf } from "../../../src/sandbox/accounts.ts";
import type { User } from "../../../src/sandbox/apiserver/rbac.ts";
import { fullIncident } from "../../contracts/store.contract.ts";
import { object, type StandIn, sleep, standIn, until } from "./standIn.ts";

const rules = [readerRules(yamlNames), eventRules, storeRules];
const medic: User = {
  name: "medic",
  token: "medic",
  grants: rules.flatMap((rule) => grantsOf(rule, { keda: "keda", medic: "keda-medic" })),
};
const powerless: User = { ...medic, token: "powerless", grants: medic.grants.slice(0, 2) };

let world: StandIn;
let warned: string[];
const log = { info: () => {}, warn: (message: string) => warned.push(message), error: () => {} };

beforeEach(async () => {
  world = await standIn([medic, powerless]);
  warned = [];
  for (const name of ["keda-operator", "keda-metrics-apiserver"])
    world.objects.put("deployments", object("keda", name));
});
afterEach(() => world.close());

const written = (namespace = "keda") => world.objects.list("events", namespace);

function emitterFor(mode: "observe" | "act" = "act", user = medic) {
  const client = world.as(user);
  const emitted: OutgoingEvent[] = [];
  const inner = { emit: async (event: OutgoingEvent) => emitted.push(event) > 0 };
  const record = eventRecorder({ client, instance: "pod-1", log });
  const options = { client, cluster: clusterReader(client), namespace: "keda-medic", mode, record };
  return { emitter: withKubernetesEvents(inner, options), emitted };
}

const report = (type: string, more: object = {}): OutgoingEvent => ({
  id: `a/${type}`,
  type: `dev.kedamedic.incident.${type}.v1`,
  subject: "a",
  data: incidentRecord({ ...fullIncident("a"), ...more }),
});

describe("a Kubernetes Event", () => {
  test("tells beside each Deployment what is decided about it", async () => {
    const { emitter, emitted } = emitterFor("observe");
    expect(await emitter.emit(report("opened", { outcome: undefined }))).toBe(true);
    await until("two Events", () => written().length === 2);
    expect(emitted).toHaveLength(1);
    const operator = world.objects.get("deployments", { namespace: "keda", name: "keda-operator" });
    expect(written()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: "Warning",
          reason: "RestartVerifier",
          action: "Restart",
          reportingController: "kedamedic.dev/keda-medic",
          reportingInstance: "pod-1",
          note: expect.stringContaining("keda-medic only observes: nothing is done. (incident a)"),
          regarding: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            namespace: "keda",
            name: "keda-operator",
            uid: operator?.metadata.uid,
          },
        }),
      ]),
    );
  });

  test("is one however often the same report is sent", async () => {
    const { emitter } = emitterFor();
    for (let i = 0; i < 3; i += 1) await emitter.emit(report("recovered"));
    await sleep(150);
    expect(written()).toHaveLength(2);
    expect(written()[0]).toMatchObject({ type: "Normal", action: "Verify", note: "The symptom is gone. (incident a)" });
    expect(warned).toEqual([]);
  });

  test("is about the Incident where no Deployment is involved", async () => {
    const store = kubernetesStore({ client: world.as(medic), namespace: "keda-medic" });
    await store.saveIncident(fullIncident("a"), undefined);
    const decision = { kind: "refuse", code: "SecretKeyMismatch", sentence: "No.", targets: [] };
    await emitterFor().emitter.emit(report("refused", { decision, plan: undefined, outcome: undefined }));
    await until("the Event", () => written("keda-medic").length === 1);
    expect(written("keda-medic")[0]).toMatchObject({
      reason: "SecretKeyMismatch",
      action: "Refuse",
      regarding: { kind: "Incident", name: "a", uid: expect.any(String) },
    });
  });

  test("is not written for what needs nobody's eyes", async () => {
    const { emitter } = emitterFor();
    await emitter.emit(report("closed"));
    await emitter.emit({ ...report("x"), type: "dev.kedamedic.restart.requested.v1" });
    await sleep(60);
    expect([...written(), ...written("keda-medic")]).toEqual([]);
  });

  test("that cannot be written harms nobody and is said once", async () => {
    const { emitter, emitted } = emitterFor("act", powerless);
    for (let i = 0; i < 3; i += 1) expect(await emitter.emit({ ...report("recovered"), id: `a${i}` })).toBe(true);
    expect(emitted).toHaveLength(3);
    await world.api.down();
    expect(await emitter.emit(report("refused"))).toBe(true);
    await world.api.up();
  });

  test("is one of at most 60 an hour, and its note is cut to what the API takes", async () => {
    const record = eventRecorder({ client: world.as(medic), instance: "p", log, perHour: 5 });
    const happening: Happening = {
      id: "1",
      type: "Warning",
      reason: "R",
      action: "A",
      note: "ü".repeat(2000),
      regarding: { apiVersion: "apps/v1", kind: "Deployment", namespace: "keda", name: "keda-operator" },
    };
    for (let i = 0; i < 20; i += 1) await record({ ...happening, id: `${i}` });
    expect(written()).toHaveLength(5);
    expect(Buffer.byteLength(String(written()[0]?.["note"]))).toBeLessThanOrEqual(1024);
  });
});
