import { type ChildProcess, spawn } from "node:child_process";
import { appendFile } from "node:fs/promises";
import { ContainerLog } from "./log.ts";

export interface Mount {
  readonly from: string;
  readonly to: string;
  /** One file of the volume, resolved now and never again. */
  readonly subPath?: string;
}

export interface Launch {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** File of the network namespace to run in; undefined: the one that all share. */
  readonly network: string | undefined;
  /** Also written here, for people. */
  readonly logFile: string;
  readonly onLine: (text: string) => void;
}

export interface Exit {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

/** A container: one process with its own view of its volumes. */
export class ContainerProcess {
  readonly log: ContainerLog;
  readonly exit: Promise<Exit>;
  readonly startedAt = Date.now();
  readonly #child: ChildProcess;

  constructor({ command, env, mounts, network, logFile, onLine }: Launch) {
    this.log = new ContainerLog(onLine);
    const script = [...mounts.flatMap(mountLines), 'exec "$@"'].join("\n");
    const inside = network === undefined ? [] : ["nsenter", `--net=${network}`];
    const [first = "", ...words] = [...inside, "unshare", "--mount", "sh", "-e", "-c", script, "sh", ...command];
    this.#child = spawn(first, words, {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const take = (chunk: string): void => {
      this.log.take(chunk);
      appendFile(logFile, chunk).catch(() => {});
    };
    this.#child.stdout?.setEncoding("utf8").on("data", take);
    this.#child.stderr?.setEncoding("utf8").on("data", take);
    this.exit = new Promise((resolve) => {
      this.#child.once("error", () => resolve({ exitCode: 128, signal: null }));
      // `close`, not `exit`: the last words have been read by then.
      this.#child.once("close", (code, signal) => {
        this.log.end();
        resolve({ exitCode: code ?? 137, signal });
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(name);
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function mountLines({ from, to, subPath }: Mount): string[] {
  if (subPath === undefined) return [`mount --bind ${quote(from)} ${quote(to)}`];
  const folder = to.slice(0, to.lastIndexOf("/"));
  return [
    `mountpoint -q ${quote(folder)} || mount -t tmpfs tmpfs ${quote(folder)}`,
    `touch ${quote(to)}`,
    `mount --bind "$(readlink -f ${quote(`${from}/${subPath}`)})" ${quote(to)}`,
  ];
}
