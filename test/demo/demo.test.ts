import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";

interface Line {
  readonly scenario: string;
  readonly kind: string;
  readonly text: string;
  readonly passed?: boolean;
}

interface Shown {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly errors: string;
}

const file = fileURLToPath(new URL("../../src/sandbox/demo/main.ts", import.meta.url));

function show(words: readonly string[]): Promise<Shown> {
  const child = spawn(process.execPath, ["--no-warnings", file, ...words]);
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on("close", (code) => {
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      resolve({ code, errors, lines: lines.map((line) => JSON.parse(line) as Line) });
    });
  });
}

describe("npm run demo", () => {
  let shown: Shown;
  beforeAll(async () => {
    shown = await show(["--output", "json"]);
  });

  const of = (scenario: string): readonly Line[] => shown.lines.filter((line) => line.scenario === scenario);
  const ending = (scenario: string): Line | undefined => of(scenario).find((line) => line.kind === "ending");
  const texts = (scenario: string, kind: string): string =>
    of(scenario)
      .filter((line) => line.kind === kind)
      .map((line) => line.text)
      .join("\n");

  test("ends with exit code 0 and nothing on stderr", () => {
    expect(shown.errors).toBe("");
    expect(shown.code).toBe(0);
  });

  test("the incident: latent first, then one restart of the metrics-apiserver, then ScalingActive=True", () => {
    expect(ending("incident")).toMatchObject({ passed: true });
    expect(texts("incident", "concluded")).toMatch(/NONE LatentMismatch[\s\S]*RESTART MetricsApiserverStale/);
    expect(texts("incident", "did")).toMatch(/^Restarted Deployment keda\/keda-metrics-apiserver at \S+$/);
    expect(texts("incident", "proof")).toContain("ScalingActive=True");
  });

  test("the broken Secret is refused with its reason, and nothing is restarted", () => {
    expect(ending("broken-secret")).toMatchObject({ passed: true });
    expect(texts("broken-secret", "concluded")).toContain("REFUSE SecretKeyMismatch");
    expect(texts("broken-secret", "did")).toBe("");
  });

  test("the KEDA that reloads by itself is waited for, and nothing is restarted", () => {
    expect(ending("hot-reload")).toMatchObject({ passed: true });
    expect(texts("hot-reload", "concluded")).toMatch(/WAIT ReloadPending[\s\S]*NONE Healthy/);
    expect(texts("hot-reload", "did")).toBe("");
  });
});

describe("bad arguments", () => {
  test.each([
    [["--speed", "100"], /--speed takes a number from 1 to 20/],
    [["--scenario", "flood"], /--scenario takes incident, broken-secret, hot-reload/],
    [["--output", "xml"], /--output takes text or json/],
    [["--fast"], /--fast/],
  ])("%j ends with exit code 2 and says what is accepted", async (words, sentence) => {
    const { code, errors } = await show(words);
    expect(code).toBe(2);
    expect(errors).toMatch(sentence);
  });
});
