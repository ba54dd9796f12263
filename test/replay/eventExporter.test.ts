import { describe, expect, test } from "@jest/globals";
import { replay } from "../../src/cli/replay.ts";
import {
  eventExporter,
  instant,
  outcomeOf,
  scrambled,
  selfSigned,
  sentenceOf,
  shifted,
  snapshotStep,
} from "./recordings.ts";

/**
 * The exporter's play had the same Secret change as the self-signed one, half an hour earlier. Certificates cannot be
 * re-dated, so it is the exporter's events that are moved: its Secret change falls on the moment of the other.
 */
const by = instant("2026-11-23T17:03:02.424Z") - instant("2026-11-23T16:33:17.454Z");
const recording = { ...selfSigned, name: "exporter", requests: shifted(eventExporter.requests, by) };
const replayed = await replay(recording);

describe("a source that carries Events only: no Secret, no OOM kill", () => {
  test("none of its events is about the Secret, and none tells of the kill", () => {
    expect(replayed.steps.map((s) => s.step).join("\n")).not.toMatch(/SecretChanged|OOM/);
  });

  test("has no event whose time was left behind", () => {
    const texts = recording.requests.map((r) => r.body).join("\n");
    expect(texts).not.toMatch(/2026-11-23T16:[0-4]/);
    expect(recording.requests.length).toBe(eventExporter.requests.length);
  });

  test("the Secret is found by looking", () => {
    const before = snapshotStep(replayed, "1-healthy").story.looked.generation;
    const step = snapshotStep(replayed, "2-latent");
    expect(sentenceOf(step, "SecretReadable")).toContain(`which replaced ${before.slice(0, 12)}`);
    expect(step.decision.code).toBe("LatentMismatch");
  });

  test("the OOM kill is found by looking", () => {
    const { story } = snapshotStep(replayed, "3-failing");
    const operator = story.looked.evidence.operator;
    const ends = operator.seen ? operator.value.pods.map((p) => p.lastTermination?.reason) : [];
    expect(ends).toEqual(["OOMKilled"]);
    expect(story.looked.diagnosis.permanentCure).toContain("OOMKilled");
  });

  test("ends the same: one restart, recovered", () => {
    expect(snapshotStep(replayed, "3-failing").decision).toMatchObject({
      kind: "restart",
      code: "MetricsApiserverStale",
    });
    expect(outcomeOf(replayed)).toEqual({
      phase: "recovered",
      result: "recovered",
      restarts: ["keda/keda-metrics-apiserver"],
    });
  });

  test("the incident says that sweep found it", () => {
    expect(snapshotStep(replayed, "4-healed").story.incident?.foundBy).toBe("sweep");
  });

  test("20 random orders end the same (seeds 1 to 20)", async () => {
    const wanted = outcomeOf(replayed);
    for (let seed = 1; seed <= 20; seed += 1)
      expect({ seed, ...outcomeOf(await replay(scrambled(recording, seed))) }).toEqual({ seed, ...wanted });
  });
});
