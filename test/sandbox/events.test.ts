import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { fast, pass, TIMEOUT, untilEveryHpaSays, untilSettled } from "./fast.ts";
import { openSink, type Received, type Sink } from "./sink.ts";

const recording = new URL("../fixtures/recordings/keda-2.13.1-self-signed/cloudevents.json", import.meta.url);
const recorded = JSON.parse(readFileSync(recording, "utf8")) as Received[];

let world: InProcessWorld;
let sink: Sink;

beforeEach(async () => {
  world = await createWorld(fast);
  sink = await openSink();
  world.events.sendTo(sink.url);
});
afterEach(async () => {
  await world.close();
  await sink.close();
});

const ofKind = (events: readonly Received[], kind: string): readonly Received[] =>
  events.filter(({ headers }) => headers["ce-kind"] === kind);
const headersOf = ({ headers }: Received): string[] =>
  Object.keys(headers)
    .filter(
      (name) => name.startsWith("ce-") || name === "kn-namespace" || name === "content-type" || name === "traceparent",
    )
    .sort();
const reasonsOf = (events: readonly Received[]): string[] =>
  ofKind(events, "Event").map(({ body }) => (JSON.parse(body) as { reason: string }).reason);

describe("ApiServerSource", () => {
  test("sends what Knative's adapter sends: one Secret event, Pods by reference, Events whole, and no word of the OOM kill", async () => {
    await world.rotateSecret("selfSignedRekey");
    await untilSettled(world);
    const secrets = ofKind(sink.received, "Secret");
    expect(secrets.map(({ body }) => body)).toEqual([
      '{"kind":"Secret","namespace":"keda","name":"kedaorg-certs","apiVersion":"v1"}',
    ]);
    const recordedSecret = ofKind(recorded, "Secret")[0] as Received;
    expect(headersOf(secrets[0] as Received)).toEqual(headersOf(recordedSecret));
    for (const name of [
      "ce-subject",
      "ce-type",
      "ce-apiversion",
      "ce-kind",
      "ce-name",
      "ce-namespace",
      "ce-specversion",
    ]) {
      expect(secrets[0]?.headers[name]).toBe(recordedSecret.headers[name]);
    }

    await world.oomKill("operator");
    await untilEveryHpaSays(world, TIMEOUT);
    await pass(world, 2_000);
    expect(reasonsOf(sink.received)).toEqual(
      expect.arrayContaining(["FailedGetExternalMetric", "FailedComputeMetricsReplicas"]),
    );
    expect(sink.received.some(({ body }) => body.includes("OOMKilled"))).toBe(false);
  });

  test("HPA Events have the shape and, but for names of Pods and times, the bytes of recorded ones", async () => {
    await world.cutNetwork("hopB");
    await untilEveryHpaSays(world, TIMEOUT);
    await world.until(
      "events",
      () => reasonsOf(sink.received).filter((reason) => reason.startsWith("Failed")).length >= 4,
    );
    const pick = (events: readonly Received[], reason: string): Record<string, unknown> => {
      const found = ofKind(events, "Event").find(
        ({ body }) => body.includes(`"reason":"${reason}"`) && body.includes("keda-hpa-web"),
      );
      return JSON.parse(found?.body ?? "{}") as Record<string, unknown>;
    };
    for (const reason of ["FailedGetExternalMetric", "FailedComputeMetricsReplicas"]) {
      const [mine, theirs] = [pick(sink.received, reason), pick(recorded, reason)];
      expect(Object.keys(mine)).toEqual(Object.keys(theirs));
      for (const key of [
        "message",
        "source",
        "type",
        "count",
        "reportingComponent",
        "kind",
        "apiVersion",
        "eventTime",
      ]) {
        expect(mine[key]).toEqual(theirs[key]);
      }
    }
  });

  test("repeats of one Event come as updates with a higher count", async () => {
    await world.breakScaler();
    await world.until("a repeat", () =>
      ofKind(sink.received, "Event").some(
        ({ headers, body }) => headers["ce-type"]?.toString().endsWith(".update") && body.includes('"count":2'),
      ),
    );
  });

  test("what a refusing sink does not take is repeated, what happens while stopped is never sent", async () => {
    sink.answer = 503;
    await world.rotateSecret("selfSignedRekey");
    await world.until("a repetition", () => ofKind(sink.received, "Secret").length >= 2);
    const ids = new Set(ofKind(sink.received, "Secret").map(({ headers }) => headers["ce-id"]));
    expect(ids.size).toBe(1);
    sink.answer = 202;
    world.events.stop();
    await pass(world, 5_000);
    const before = ofKind(sink.received, "Secret").length;
    await world.rotateSecret("selfSignedRekey");
    world.events.start();
    await pass(world, 20_000);
    expect(ofKind(sink.received, "Secret")).toHaveLength(before);
  });

  test("events can be lost, doubled and turned around", async () => {
    world.events.lose(1);
    await world.rotateSecret("selfSignedRekey");
    await pass(world, 3_000);
    expect(ofKind(sink.received, "Secret")).toHaveLength(0);

    world.events.duplicate(2);
    await world.rotateSecret("selfSignedRekey");
    await world.until("two copies", () => ofKind(sink.received, "Secret").length === 2);
    const [one, two] = ofKind(sink.received, "Secret").map(({ headers }) => headers["ce-id"]);
    expect(one).toBe(two);

    world.events.duplicate(1);
    world.events.reorder(2);
    const before = ofKind(sink.received, "Secret").length;
    await world.rotateSecret("selfSignedRekey");
    await world.rotateSecret("selfSignedRekey");
    await world.until("both", () => ofKind(sink.received, "Secret").length === before + 2);
    const [first, second] = ofKind(sink.received, "Secret")
      .slice(before)
      .map(({ headers }) => String(headers["ce-time"]));
    expect(first && second && first > second).toBe(true);
  });
});
