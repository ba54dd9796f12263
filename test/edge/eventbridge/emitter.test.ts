import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { mockClient } from "aws-sdk-client-mock";
import { decodeEvents } from "../../../src/edge/cloudevents/decode.ts";
import { toRestartRequest } from "../../../src/edge/cloudevents/own.ts";
import { busEmitter } from "../../../src/edge/eventbridge/emitter.ts";
import { putEvents } from "../../../src/edge/eventbridge/put.ts";
import type { OutgoingEvent } from "../../../src/ports/emitter.ts";
import { remembering } from "../hosts/raw.ts";

const mock = mockClient(EventBridgeClient);
afterAll(() => mock.restore());

const request: OutgoingEvent = {
  id: "prod.keda.abc/restart",
  type: "dev.kedamedic.restart.requested.v1",
  subject: "prod.keda.abc",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  data: { incident: "prod.keda.abc", component: "operator", generation: "a".repeat(64) },
};

function setup() {
  const { lines, log } = remembering();
  const emitter = busEmitter({
    bus: "medic",
    region: "eu-west-1",
    cluster: "prod",
    role: "respond",
    clock: { now: () => Date.UTC(2026, 10, 24) },
    log,
    put: putEvents("eu-west-1", new EventBridgeClient({ region: "eu-west-1" })),
  });
  return { lines, emitter };
}

beforeEach(() => {
  mock.reset();
});

describe("our events on a bus", () => {
  test("are CloudEvents in detail, matched by source and detail-type, and restart can read them", async () => {
    mock.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    const { emitter } = setup();
    expect(await emitter.emit(request)).toBe(true);
    const [entry] = mock.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({
      EventBusName: "medic",
      Source: "dev.kedamedic",
      DetailType: "dev.kedamedic.restart.requested.v1",
    });
    const headers = { "content-type": "application/cloudevents+json" };
    const decoded = decodeEvents(headers, Buffer.from(entry?.Detail ?? ""));
    const [event] = decoded.ok ? decoded.events : [];
    expect(event).toMatchObject({
      id: request.id,
      source: "/kedamedic/prod/respond",
      traceparent: request.traceparent,
    });
    expect(event && toRestartRequest(event)).toMatchObject({ incident: "prod.keda.abc", component: "operator" });
  });

  test("that the bus refused in a 200 answer are not sent, and the log says what is missing", async () => {
    const refused = { ErrorCode: "AccessDeniedException", ErrorMessage: "no" };
    mock.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [refused] });
    const { emitter, lines } = setup();
    expect(await emitter.emit(request)).toBe(false);
    expect(mock.calls()).toHaveLength(1);
    expect(lines).toEqual([
      {
        level: "warn",
        message: "the bus did not take an event",
        fields: {
          type: request.type,
          id: request.id,
          code: "AccessDeniedException",
          why: "no permission for events:PutEvents on bus medic in eu-west-1: allow it in the function's role",
        },
      },
    ]);
  });

  test("that the bus counts as failed without a reason are not sent", async () => {
    mock.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{}] });
    const { emitter, lines } = setup();
    expect(await emitter.emit(request)).toBe(false);
    expect(lines[0]?.fields).toMatchObject({ code: "Unknown" });
  });

  test("that were throttled as entries are put again, for the SDK does not", async () => {
    const throttled = { FailedEntryCount: 1, Entries: [{ ErrorCode: "ThrottlingException" }] };
    mock
      .on(PutEventsCommand)
      .resolvesOnce(throttled)
      .resolves({ FailedEntryCount: 0, Entries: [{}] });
    expect(await setup().emitter.emit(request)).toBe(true);
    expect(mock.calls()).toHaveLength(2);
    mock.reset();
    mock.on(PutEventsCommand).resolves(throttled);
    expect(await setup().emitter.emit(request)).toBe(false);
    expect(mock.calls()).toHaveLength(3);
  });

  // Every other refusal stands in test/edge/aws/faults.test.ts.
  test.each([
    [
      "AccessDeniedException",
      "no permission for events:PutEvents on bus medic in eu-west-1: allow it in the function's role",
    ],
    ["ResourceNotFoundException", "there is no bus medic in eu-west-1: wrong region, wrong name, or not deployed"],
    ["TimeoutError", "events:PutEvents on bus medic in eu-west-1 failed: TimeoutError: it is repeated later"],
  ])("that fail as a call (%s) are not sent and do not throw", async (name, why) => {
    mock.on(PutEventsCommand).rejects(Object.assign(new Error("detail"), { name }));
    const { emitter, lines } = setup();
    expect(await emitter.emit(request)).toBe(false);
    expect(lines[0]?.fields).toMatchObject({ code: name, why });
  });

  test("of more than 256 KB are a mistake and never sent", async () => {
    const { emitter, lines } = setup();
    expect(await emitter.emit({ ...request, data: "x".repeat(262_144) })).toBe(false);
    expect(mock.calls()).toHaveLength(0);
    expect(lines).toMatchObject([{ level: "error", message: "event is too large for the bus" }]);
  });
});
