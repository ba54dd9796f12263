import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { version } from "../../src/version.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const recording = fileURLToPath(new URL("../fixtures/recordings/keda-2.13.1-self-signed", import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly ended: Promise<number | null>;
}

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [main, ...words], {
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  return { child, said, ended: new Promise((resolve) => child.on("close", (code) => resolve(code))) };
}

async function finished(words: readonly string[], env?: Readonly<Record<string, string>>) {
  const { said, ended } = start(words, env);
  return { code: await ended, ...said };
}

describe("the process", () => {
  test("ends with the command's exit code, results on stdout, talk on stderr", async () => {
    expect(await finished(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const wrong = await finished(["diagnose", "--nonsense"]);
    expect([wrong.code, wrong.out]).toEqual([2, ""]);
    expect(wrong.err).toMatch(/^keda-medic: Unknown option '--nonsense'/);
    expect((await finished(["diagnose", "--kubeconfig", "/nowhere"])).code).toBe(3);
  });

  test("has no colours when its output is no terminal, whatever TERM says", async () => {
    const { code, out } = await finished(["replay", recording], { TERM: "xterm-256color", FORCE_COLOR: "1" });
    expect(code).toBe(0);
    expect(out).toContain("MetricsApiserverStale");
    expect(out).not.toContain("\u001b[");
  });

  test("a reader that hangs up is no error", async () => {
    const { child, ended } = start(["replay", recording, "--output", "json"]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect(await ended).toBe(0);
  });

  test("a wrong variable ends it with 2, named; a secret is never repeated", async () => {
    const env = { KEDA_MEDIC_MODE: "yes", KEDA_MEDIC_TOKEN: "short" };
    const { code, err } = await finished(["run", "--role", "respond"], env);
    expect(code).toBe(2);
    expect(err).toMatch(/KEDA_MEDIC_MODE: is "yes": set it to one of observe, approve, act/);
    expect(err).toMatch(/KEDA_MEDIC_TOKEN: must be 16 to 512 characters/);
    expect(err).not.toContain("short");
  });

  test.each([
    ["KEDA_MEDIC_FOO", "unset it"],
    ["KEDA_MEDIC_MDOE", "did you mean KEDA_MEDIC_MODE? Otherwise unset it"],
    ["KEDA_MEDIC_RESTART_LATENT", "did you mean KEDA_MEDIC_RESTART_ON_LATENT? Otherwise unset it"],
    ["KEDA_MEDIC_NOTHING_OF_THE_KIND", "unset it"],
  ])(
    "an unknown variable %s ends it with 2, and what it is like is named only if it is like something",
    async (name, said) => {
      const { code, err } = await finished(["diagnose"], { [name]: "1" });
      expect([code, err]).toEqual([2, `keda-medic: ${name}: is not known: ${said}\n`]);
    },
  );
});

describe("run", () => {
  let world: InProcessWorld;
  let kubeconfig: string;
  beforeAll(async () => {
    world = await createWorld({
      medicCrds: false,
      timing: { propagationDelay: 100, containerStartDelay: 10, hpaPeriod: 500 },
    });
    kubeconfig = (await world.kubeconfig("admin")).path;
  });
  afterAll(() => world.close());

  /** The port of a host that listens, as its log says. */
  async function portOf({ said, child }: Started): Promise<string> {
    const end = performance.now() + 10_000;
    for (;;) {
      const port = /listening on [^"]*:(\d+)/.exec(said.out)?.[1];
      if (port !== undefined) return port;
      if (performance.now() > end || child.exitCode !== null) throw new Error(`not listening: ${said.out}${said.err}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test("serves events on loopback, warns what `all` is for, keeps incidents in memory without the CRD, ends on SIGTERM", async () => {
    const started = start(["run", "--port", "0", "--kubeconfig", kubeconfig]);
    const at = `http://127.0.0.1:${await portOf(started)}`;
    for (const path of ["/healthz", "/readyz"]) expect((await fetch(`${at}${path}`)).status).toBe(200);
    const headers = { "ce-id": "1", "ce-source": "/t", "ce-specversion": "1.0", "ce-type": "dev.knative.sources.ping" };
    const taken = await fetch(at, { method: "POST", headers });
    expect([taken.status, await taken.text()]).toEqual([204, ""]);
    const refused = await fetch(at, { method: "POST", body: "no event", headers: { "content-type": "text/plain" } });
    expect(refused.status).toBe(415);
    expect(started.said.err).toContain("Every role in one process");
    expect(started.said.out).toContain("The Incident CRD is not installed: incidents are kept in memory");
    for (const line of started.said.out.trim().split("\n"))
      expect(JSON.parse(line)).toMatchObject({ severity: expect.any(String) });
    started.child.kill("SIGTERM");
    expect(await started.ended).toBe(0);
  });
});
