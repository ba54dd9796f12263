import { afterEach, describe, expect, test } from "@jest/globals";
import { type Composed, compose } from "../../src/compose.ts";
import { configOf } from "../builders/config.ts";
import { fakeApi } from "../edge/kubernetes/fakeApi.ts";
import { accessTo, serve, type TestServer } from "../edge/kubernetes/server.ts";
import { until } from "../edge/kubernetes/standIn.ts";

const escalated = {
  id: "i/escalated",
  type: "dev.kedamedic.incident.escalated.v1",
  subject: "i",
  data: { incident: "i", decision: { code: "NoCause", sentence: "Nobody knows.", targets: [] } },
};
const incident = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents/i";
const events = "/apis/events.k8s.io/v1/namespaces/keda-medic/events";

let server: TestServer | undefined;
let composed: Composed | undefined;
afterEach(async () => {
  composed?.client.close();
  await server?.close();
});

/** Role `all` as it is put together in a cluster with the Incident CRD or without. */
async function all(crd: boolean): Promise<{ readonly made: Composed; readonly asked: () => readonly string[] }> {
  const api = fakeApi();
  if (!crd) api.unknown.add("kedamedic.dev/v1alpha1");
  server = await serve(api.handler);
  composed = await compose(configOf({ LOG_LEVEL: "error" }), "all", accessTo(server));
  const { received } = server;
  received.length = 0;
  return { made: composed, asked: () => received.map(({ method, url }) => `${method} ${url}`) };
}

describe("run --role all", () => {
  test("with the Incident CRD tells people of an incident by an Event about it, and tidies", async () => {
    const { made, asked } = await all(true);
    expect(made.tidy).toBeDefined();
    await made.ports.emitter.emit(escalated);
    await until("the Event", () => asked().length >= 2);
    expect(asked()).toEqual([`GET ${incident}`, `POST ${events}`]);
  });

  test("without it keeps incidents in memory, writes no Event about an Incident that is not there, and tidies nothing", async () => {
    const { made, asked } = await all(false);
    expect(made.tidy).toBeUndefined();
    expect(await made.ports.store.loadIncident("i")).toBeUndefined();
    await made.ports.emitter.emit(escalated);
    // What the emitter asks for beside the way is asked for before this.
    for (const path of ["/one", "/two"]) await made.client.request({ method: "GET", path, retries: 0 });
    expect(asked()).toEqual(["GET /one", "GET /two"]);
  });
});
