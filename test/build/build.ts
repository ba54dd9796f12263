import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

export const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, with nothing of the caller's environment but PATH; a failing one is an answer, too. */
export async function ran(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  timeout = 30_000,
): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(command, [...args], {
      env: { PATH: process.env.PATH, ...env },
      timeout,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: code ?? -1, stdout, stderr };
  }
}

/** Bundles with `scripts/build.mjs`. */
export const build = (outdir: string, ...more: readonly string[]): Promise<Ran> =>
  ran(process.execPath, [join(root, "scripts/build.mjs"), `--outdir=${outdir}`, ...more]);

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface Started {
  readonly process: ChildProcess;
  readonly url: string;
  /** `performance.now()` at the spawn. */
  readonly startedAt: number;
  /** What it has printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a server bundle on a free port of this machine. */
export async function start(file: string, env: NodeJS.ProcessEnv = {}): Promise<Started> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, PORT: String(port), HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  return {
    process: child,
    startedAt,
    url: `http://127.0.0.1:${port}`,
    output: () => printed,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Asks until it answers; undefined when the process ends, or nothing comes within 10 s. */
export async function firstAnswer({ process: child, url }: Started, path: string): Promise<number | undefined> {
  const until = performance.now() + 10_000;
  while (performance.now() < until && child.exitCode === null) {
    try {
      return (await fetch(url + path)).status;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  return undefined;
}
