import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unshareFlags } from "../build/requirements.ts";
import { bridge } from "./bridge.ts";
import { makeMountPoints } from "./mountPoints.ts";

/** What the inner process is told. */
export interface Inside {
  readonly task: "stand" | "play" | "record";
  /** Folder for everything of this run; gone afterwards. */
  readonly folder: string;
  readonly binaries: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** Folder of what is deployed to AWS, where functions run as on Lambda. */
  readonly awsPackage?: string | undefined;
}

/**
 * Runs `inside.ts` as the first process of new namespaces. When it ends, however it ends, the kernel ends every process,
 * mount and address in them. Resolves with its exit code.
 */
export async function enter(
  inside: Omit<Inside, "folder">,
  onMessage: (message: unknown) => void = () => {},
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "keda-medic-cluster-"));
  const file = fileURLToPath(new URL("../inside.ts", import.meta.url));
  const told = JSON.stringify({ ...inside, folder });
  const removeMountPoints = makeMountPoints();
  const outside = await bridge(join(folder, "apiserver.sock"));
  const child = spawn("unshare", [...unshareFlags, process.execPath, "--no-warnings", file], {
    env: { ...process.env, CLUSTER_INSIDE: told, CLUSTER_OUTSIDE_PORT: String(outside.port) },
    stdio: [inside.task === "stand" ? "inherit" : "ignore", "inherit", "inherit", "ipc"],
  });
  child.on("message", onMessage);
  // The terminal's Ctrl-C reaches the inner process by itself; other signals are passed on by hanging up.
  const hangUp = (): void => {
    if (child.connected) child.disconnect();
  };
  const wait = (): void => {};
  process.on("SIGINT", wait).on("SIGTERM", hangUp).on("SIGHUP", hangUp);
  const code = await new Promise<number>((resolve) => child.once("exit", (status) => resolve(status ?? 1)));
  await outside.close();
  rmSync(folder, { recursive: true, force: true });
  removeMountPoints();
  process.off("SIGINT", wait).off("SIGTERM", hangUp).off("SIGHUP", hangUp);
  return code;
}
