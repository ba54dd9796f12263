import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Role } from "../../src/compose.ts";
import { type Hosted, host } from "../../src/host.ts";
import { configOf } from "../builders/config.ts";
import { kubeconfigFile } from "../cli/clusters.ts";
import { type Listening, listening } from "../edge/hosts/listening.ts";
import { sleep, until } from "../edge/kubernetes/standIn.ts";

jest.setTimeout(30_000);

/** An API server that knows nothing but a Lease that nobody holds, and may fall silent: about everything, or all but that. */
class Api {
  silent: "no" | "all" | "butLeases" = "no";
  readonly held: { readonly path: string; readonly res: ServerResponse }[] = [];
  readonly server = createServer((req, res) => {
    const path = req.url ?? "";
    const isLease = path.includes("/leases/");
    if (this.silent === "all" || (this.silent === "butLeases" && !isLease)) this.held.push({ path, res });
    else if (isLease) res.end(lease);
    else nothing(res);
  });
  speak(): void {
    this.silent = "no";
    for (const { res } of this.held.splice(0)) nothing(res);
  }
}
const lease = JSON.stringify({ metadata: { name: "keda-medic", resourceVersion: "1" } });
const nothing = (res: ServerResponse): void => void res.writeHead(404).end("404 page not found\n");

let folder = "";
let api: Api;
let line: Listening;
let write: jest.SpiedFunction<typeof process.stdout.write>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "close-"));
  api = new Api();
  line = await listening(api.server);
  write = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
});
afterEach(async () => {
  await line.close();
  write.mockRestore();
  rmSync(folder, { recursive: true });
});

interface Stuck {
  readonly role: Role;
  /** What it waits for an answer about. */
  readonly at: "leases" | "horizontalpodautoscalers";
}
const sweeping: readonly Stuck[] = (["watch", "sweep", "all"] as const).map((role) => ({
  role,
  at: "horizontalpodautoscalers",
}));
const follower: Stuck = { role: "watch", at: "leases" };

/** A process whose API server falls silent as soon as it listens, and that waits for an answer since. */
async function stuck({ role, at }: Stuck): Promise<Hosted> {
  const kubeconfig = kubeconfigFile(folder, "api", { server: line.url, ca: "", token: "token" });
  const env = { HOST: "127.0.0.1", PORT: "0", KEDA_MEDIC_CLUSTER: "test" };
  const hosted = await host(configOf(env), role, { ownTimer: true, kubeconfig });
  api.silent = at === "leases" ? "all" : "butLeases";
  await until("a question that is not answered", () => api.held.some(({ path }) => path.includes(at)), 10_000);
  return hosted;
}

const said = (): string => write.mock.calls.join("");
/** What a sweep says last here: there is no CRD to keep incidents in, and in memory there is no KEDA to judge. */
const itsEnd = /sweep failed|"KedaNotInstalled"/;

/** Asked anew each time: connections that are open say nothing about the port. */
const refuses = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(true));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });

/** Ends it; `ended` says whether it has. */
function end(hosted: Hosted) {
  const state = { ended: false };
  const closing = hosted.close().then(() => {
    state.ended = true;
  });
  return { state, closing };
}

describe("a process that ends while the API server is silent", () => {
  test.each([...sweeping, follower])("refuses new connections at once: $role, at $at", async (where) => {
    const hosted = await stuck(where);
    expect(await refuses(hosted.port)).toBe(false);
    const { state, closing } = end(hosted);
    expect(await refuses(hosted.port)).toBe(true);
    expect(state.ended).toBe(false);
    api.speak();
    await closing;
  });

  test.each(sweeping)("lets a sweep that has begun come to its end: $role", async (where) => {
    const hosted = await stuck(where);
    const { state, closing } = end(hosted);
    await Promise.race([closing, sleep(200)]);
    expect(state.ended).toBe(false);
    expect(api.held.every(({ res }) => !res.destroyed)).toBe(true);
    expect(said()).not.toMatch(itsEnd);
    api.speak();
    await closing;
    expect(said()).toMatch(itsEnd);
  });

  test("waits 10 s for it and no longer", async () => {
    const hosted = await stuck({ role: "sweep", at: "horizontalpodautoscalers" });
    const beganAt = performance.now();
    await hosted.close();
    expect(performance.now() - beganAt).toBeLessThan(12_000);
    api.speak();
    await until("the end of what was cut", () => itsEnd.test(said()));
  });
});
