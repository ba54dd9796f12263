import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

export interface ProgramOptions {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Its output goes to `<folder>/<name>.log`. */
  readonly folder: string;
}

export interface RunningProgram {
  readonly name: string;
  /** Path of its log. */
  readonly log: string;
  alive(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a part of the control plane. */
export function startProgram({ name, path, args, folder }: ProgramOptions): RunningProgram {
  const log = join(folder, `${name}.log`);
  const child: ChildProcess = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"], env: { HOME: folder } });
  const stream = createWriteStream(log, { flags: "a" });
  child.stdout?.pipe(stream, { end: false });
  child.stderr?.pipe(stream, { end: false });
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  const alive = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    name,
    log,
    alive,
    kill: async () => {
      if (alive()) child.kill("SIGKILL");
      await ended;
    },
  };
}
