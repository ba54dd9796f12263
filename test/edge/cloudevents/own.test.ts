import { describe, expect, test } from "@jest/globals";
import type { IncomingEvent } from "../../../src/core/event.ts";
import { toRestartRequest } from "../../../src/edge/cloudevents/own.ts";
import { toSignal } from "../../../src/edge/cloudevents/signal.ts";

const generation = "3b4c1d9e".repeat(8);
const incident = "prod-eu1.keda.3b4c1d9e3b4c";
const requested = { incident, component: "operator", generation };
const report = { ...requested, code: "Restarted", sentence: "Restarted Deployment keda/keda-operator." };

const own = (type: string, data: unknown, changes: Partial<IncomingEvent> = {}): IncomingEvent => ({
  id: "1",
  source: "/kedamedic/c/restart",
  type: `dev.kedamedic.${type}`,
  subject: incident,
  attributes: {},
  data,
  ...changes,
});

describe("restart's reports", () => {
  test.each([["performed"], ["refused"]] as const)("%s names the incident in its subject", (result) => {
    expect(toSignal(own(`restart.${result}.v1`, report))).toEqual({
      kind: "RestartReported",
      incident,
      report: { component: "operator", generation, result, code: report.code, sentence: report.sentence },
    });
  });

  test("a generation that could not be seen has a name too", () => {
    expect(toSignal(own("restart.refused.v1", { ...report, generation: "unseen" }))).toMatchObject({
      kind: "RestartReported",
    });
  });

  test("a long sentence is cut", () => {
    const signal = toSignal(own("restart.performed.v1", { ...report, sentence: "a".repeat(5000) }));
    expect(signal).toMatchObject({ report: { sentence: "a".repeat(1000) } });
  });

  test.each([
    ["no subject", report, { subject: "" }],
    ["a subject that is no name", report, { subject: "../x" }],
    ["an unknown component", { ...report, component: "etcd" }, {}],
    ["a generation that is no hash", { ...report, generation: "abc" }, {}],
    ["a code that is none", { ...report, code: "<script>" }, {}],
    ["no data", undefined, {}],
    ["a list", [report], {}],
  ])("one with %s is no report", (_, data, changes) => {
    expect(toSignal(own("restart.performed.v1", data, changes))).toEqual({ kind: "NotOurs", code: "ForeignType" });
  });
});

test.each([
  ["incident.opened.v1"],
  ["incident.recovered.v1"],
  ["restart.requested.v1"],
  ["restart.performed.v2"],
  [""],
])("respond ignores dev.kedamedic.%s as its own echo", (type) => {
  expect(toSignal(own(type, report))).toEqual({ kind: "NotOurs", code: "OwnWrite" });
});

test("the sweep's tick is a tick", () => {
  expect(toSignal(own("sweep.tick.v1", undefined))).toEqual({ kind: "Tick" });
});

describe("a request to restart", () => {
  const traceparent = "00-bc6c226e06a8c458b9a63e09ec7aa535-c2780e645c5cb0be-01";

  test("names incident, component and generation, and nothing else of it is kept", () => {
    const data = { ...requested, force: true, proof: "trust me" };
    expect(toRestartRequest(own("restart.requested.v1", data, { traceparent }))).toEqual({ ...requested, traceparent });
  });

  test.each([
    ["another type", own("restart.performed.v1", requested)],
    ["no incident", own("restart.requested.v1", { ...requested, incident: undefined })],
    ["an incident that is no name", own("restart.requested.v1", { ...requested, incident: "a/b" })],
    ["another subject", own("restart.requested.v1", requested, { subject: "other" })],
    ["no component", own("restart.requested.v1", { ...requested, component: "" })],
    ["no generation", own("restart.requested.v1", { ...requested, generation: 5 })],
    ["no data", own("restart.requested.v1", null)],
  ])("with %s is a problem, told in a sentence", (_, event) => {
    expect(toRestartRequest(event)).toEqual({ problem: expect.stringMatching(/^[A-Z].*\.$/) });
  });
});
