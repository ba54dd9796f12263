import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { compose, redactorFor } from "../../../src/compose.ts";
import type { Config } from "../../../src/edge/config.ts";
import { checkToken } from "../../../src/edge/hosts/token.ts";
import type { ClusterAccess } from "../../../src/edge/kubernetes/access.ts";
import { configOf } from "../../builders/config.ts";
import { type Listening, listening } from "../hosts/listening.ts";

const token = "0123456789abcdef";
const event = { id: "i/restart", type: "dev.kedamedic.restart.requested.v1", subject: "i", data: {} };
/** Never called: the store is memory, and nothing is looked at. */
const access: ClusterAccess = {
  server: new URL("http://127.0.0.1:1"),
  clusterName: "test",
  insecureSkipTlsVerify: false,
  token: async () => undefined,
};

const quiet = (env: Readonly<Record<string, string>>): Config =>
  configOf({ KEDA_MEDIC_STORE: "memory", LOG_LEVEL: "error", ...env });

async function emitted(env: Readonly<Record<string, string>>): Promise<boolean> {
  const { ports } = await compose(quiet(env), "restart", access);
  return ports.emitter.emit(event);
}

/** A process that asks for the token, as far as its door. */
let door: Listening;
let address = "";
let folder = "";
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sink-token-"));
  door = await listening(
    createServer((req, res) => {
      req.resume();
      res.writeHead(checkToken(req.headers.authorization, token)?.status ?? 204).end();
    }),
  );
  address = door.url;
});
afterEach(async () => {
  await door.close();
  rmSync(folder, { recursive: true });
});

describe("a process as it is configured", () => {
  test("gets in with KEDA_MEDIC_SINK_TOKEN, as the chart sets it beside KEDA_MEDIC_TOKEN", async () => {
    const env = { KEDA_MEDIC_SINK: address, KEDA_MEDIC_TOKEN: token, KEDA_MEDIC_SINK_TOKEN: token };
    await expect(emitted(env)).resolves.toBe(true);
  });

  test.each(["KEDA_MEDIC_SINK", "K_SINK"])("gets in with KEDA_MEDIC_SINK_TOKEN_FILE, to %s", async (variable) => {
    const path = join(folder, "token");
    writeFileSync(path, token);
    await expect(emitted({ [variable]: address, KEDA_MEDIC_SINK_TOKEN_FILE: path })).resolves.toBe(true);
  });

  test("never shows a sink the token that it asks its own callers for", async () => {
    await expect(emitted({ KEDA_MEDIC_SINK: address, KEDA_MEDIC_TOKEN: token })).resolves.toBe(false);
    await expect(emitted({ K_SINK: address, KEDA_MEDIC_TOKEN: token })).resolves.toBe(false);
  });

  test("takes the sink's token out of whatever it writes", () => {
    const config = quiet({ KEDA_MEDIC_SINK: address, KEDA_MEDIC_SINK_TOKEN: token });
    expect(redactorFor(config)(`said ${token} twice: ${token}`)).not.toContain(token);
  });
});
