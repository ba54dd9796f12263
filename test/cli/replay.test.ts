import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { run } from "./captured.ts";
import { decisionProblems } from "./schema.ts";

const recordings = "test/fixtures/recordings";
const selfSigned = `${recordings}/keda-2.13.1-self-signed`;

interface Step {
  readonly at: string;
  readonly step: string;
  readonly decision: { readonly kind: string; readonly code: string; readonly targets: readonly object[] };
}

const stepsOf = (out: string): readonly Step[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Step);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keda-medic-replay-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function folderWith(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

describe("replay", () => {
  test.each(["keda-2.13.1-self-signed", "cert-manager-1.18-keda-chart-2.13.2", "event-exporter-1.7"])(
    "%s as JSON: one line per step in the order of time, each with at, step and decision, and no more",
    async (name) => {
      const { code, out, err } = await run(["replay", `${recordings}/${name}`, "--output", "json"]);
      expect([code, err]).toEqual([0, ""]);
      const steps = stepsOf(out);
      expect(steps.length).toBeGreaterThan(3);
      for (const step of steps) {
        expect(Object.keys(step)).toEqual(["at", "step", "decision"]);
        expect(new Date(step.at).toISOString()).toBe(step.at);
        expect(decisionProblems(step.decision)).toEqual([]);
      }
      expect(steps.map((s) => s.at)).toEqual(steps.map((s) => s.at).sort());
    },
  );

  test.each([
    ["keda-2.13.1-self-signed", "keda-metrics-apiserver"],
    ["cert-manager-1.18-keda-chart-2.13.2", "keda-operator-metrics-apiserver"],
  ])("%s restarts %s once, in the third snapshot, and recovers in the fourth", async (name, target) => {
    const { out } = await run(["replay", `${recordings}/${name}`, "--output", "json"]);
    const steps = stepsOf(out);
    const restarts = steps.filter((s) => s.decision.kind === "restart");
    expect(restarts.map((s) => s.decision.targets)).toEqual(restarts.map(() => [{ namespace: "keda", name: target }]));
    const [healthy, latent, failing, healed] = steps.filter((s) => s.step.startsWith("snapshot"));
    expect(healthy?.decision).toMatchObject({ kind: "none", code: "Healthy" });
    expect(latent?.decision).toMatchObject({ kind: "none", code: "LatentMismatch" });
    expect(failing?.decision).toMatchObject({ kind: "restart", code: "MetricsApiserverStale" });
    expect(healed?.decision).toMatchObject({ kind: "none", code: "Recovered" });
    const text = (await run(["replay", `${recordings}/${name}`])).out;
    expect(text.split("\n").at(-2)).toMatch(new RegExp(`^\\d+ steps .*Restarts: keda/${target}\\.$`));
  });

  test("events alone prove nothing, and the command says so", async () => {
    const path = join(folder, "events-only");
    mkdirSync(path);
    cpSync(`${selfSigned}/cloudevents.json`, join(path, "cloudevents.json"));
    const { code, out, err } = await run(["replay", path]);
    expect(code).toBe(0);
    expect(out).toContain("Restarts: none.");
    expect(err).toContain("without snapshots there is no cluster to look at");
  });

  test.each([
    ["a folder that does not exist", () => join(folder, "nowhere"), /cannot be read: name a folder/],
    ["a folder with nothing in it", () => folderWith("empty", {}), /holds neither recorded requests nor snapshots/],
    ["a file that is no JSON", () => folderWith("torn", { "1.json": '{"at":' }), /1\.json is no readable JSON/],
    [
      "a snapshot without a time",
      () => folderWith("timeless", { "1.json": '{"pods":{"items":[]}}' }),
      /1\.json has no "at" in RFC 3339/,
    ],
    [
      "a request without a time",
      () => folderWith("request", { "c.json": '[{"body":"{}"}]' }),
      /c\.json\[0\] has no "at"/,
    ],
    ["a request that is none", () => folderWith("number", { "c.json": "[1]" }), /c\.json\[0\] is no recorded request/],
  ])("%s ends with 3 and says what to do", async (_, made, said) => {
    const { code, out, err } = await run(["replay", made()]);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(said);
  });

  test("a snapshot with nothing but a time is looked at, not died of", async () => {
    const path = folderWith("bare", { "1.json": '{"at":"2026-11-23T16:00:00Z","pods":{"items":[]}}' });
    const { code, out } = await run(["replay", path, "--output", "json"]);
    expect(code).toBe(0);
    expect(stepsOf(out)[0]?.decision.kind).not.toBe("restart");
  });
});
