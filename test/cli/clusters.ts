import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jest } from "@jest/globals";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import type { Kubeconfig, Role } from "../../src/sandbox/world.ts";
import { untilEveryHpaSays, untilSettled } from "../sandbox/fast.ts";
import { type Ended, run } from "./captured.ts";

export const TIMEOUT = "unable to return a response in the time allotted";

/** Runs a command line by the world's clock, which is much faster than ours. */
export async function runIn(world: InProcessWorld, words: readonly string[]): Promise<Ended> {
  const clock = jest.spyOn(Date, "now").mockImplementation(() => world.clock.now());
  try {
    return await run(words);
  } finally {
    clock.mockRestore();
  }
}

export async function diagnose(
  world: InProcessWorld,
  more: readonly string[] = [],
  role: Role = "respond",
): Promise<Ended> {
  const { path } = await world.kubeconfig(role);
  return runIn(world, ["diagnose", "--kubeconfig", path, ...more]);
}

/** Looks until the command ends with `code`: a log line or an HPA's condition may need a moment. */
export async function diagnoseUntil(
  world: InProcessWorld,
  code: number,
  more: readonly string[] = [],
  role: Role = "respond",
): Promise<Ended> {
  let ended = await diagnose(world, more, role);
  const end = performance.now() + 12_000;
  while (ended.code !== code && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    ended = await diagnose(world, more, role);
  }
  return ended;
}

/** keda#5683: a breaking rotation, and later the operator is killed. */
export async function breakHopB(world: InProcessWorld): Promise<void> {
  await world.rotateSecret("selfSignedRekey");
  await untilSettled(world);
  await world.oomKill("operator");
  await untilEveryHpaSays(world, TIMEOUT);
}

/** A kubeconfig of the world with something changed; JSON is YAML. */
export function kubeconfigFile(folder: string, name: string, access: Omit<Kubeconfig, "path">): string {
  const path = join(folder, `${name}.kubeconfig`);
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "here",
        cluster: { server: access.server, "certificate-authority-data": Buffer.from(access.ca).toString("base64") },
      },
    ],
    users: [{ name: "me", user: { token: access.token } }],
    contexts: [{ name: "here", context: { cluster: "here", user: "me" } }],
    "current-context": "here",
  };
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}
