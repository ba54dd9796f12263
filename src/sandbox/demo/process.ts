import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** One line of a function's JSON log. */
export type LogLine = Readonly<Record<string, string | number | boolean>>;

export interface FunctionProcess {
  readonly role: string;
  readonly url: string;
  /** SIGTERM; resolves with the exit code. */
  end(): Promise<number | null>;
}

export interface StartOptions {
  readonly role: "respond" | "restart" | "sweep";
  readonly env: Readonly<Record<string, string>>;
  readonly onLog: (role: string, line: LogLine) => void;
}

const parse = (text: string): LogLine | undefined => {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
};

const startsWithin = 15_000;

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", (code) => resolve(code));
  });
}

/** Starts a deployed function as a process of its own, as Knative would, and waits until it listens. */
export function startFunction({ role, env, onLog }: StartOptions): Promise<FunctionProcess> {
  const file = fileURLToPath(new URL(`../../../functions/knative/${role}.ts`, import.meta.url));
  // Nothing of the caller's environment: a function sees what its manifest gives it.
  const child = spawn(process.execPath, ["--no-warnings", file], {
    env: { ...env, HOST: "127.0.0.1", PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = ended(child);
  const end = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return exit;
  };
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${role} does not listen: ${errors}`)), startsWithin);
    exit.then((code) => reject(new Error(`${role} ended with exit code ${code}: ${errors}`)));
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = parse(text);
      if (line === undefined) return;
      const port = /^listening on \S*:(\d+)$/.exec(String(line["message"]))?.[1];
      if (port !== undefined) {
        clearTimeout(late);
        resolve({ role, url: `http://127.0.0.1:${port}/`, end });
      }
      onLog(role, line);
    });
  });
}
