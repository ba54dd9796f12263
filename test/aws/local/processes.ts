import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../../build/build.ts";
import type { Invoke } from "./amazon.ts";

/** Lambda's execution environments: a process for each function, with keys of its own. */
export interface Processes {
  readonly invoke: Invoke;
  output(): string;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly answer?: unknown;
  readonly error?: string;
}

const child = join(import.meta.dirname, "invoked.child.ts");

/** The bundles must have been made. `environments` by the function's name. */
export async function startProcesses(
  environments: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<Processes> {
  let printed = "";
  let last = 0;
  const running = new Map<string, ChildProcess>();
  for (const [name, env] of Object.entries(environments)) {
    const bundle = join(root, "dist/lambda", name, "index.mjs");
    const started = fork(child, [bundle], { env: { PATH: process.env.PATH, ...env }, silent: true, execArgv: [] });
    started.stdout?.on("data", (chunk) => (printed += chunk));
    started.stderr?.on("data", (chunk) => (printed += chunk));
    running.set(name, started);
  }
  for (const [name, started] of running) {
    const first = await Promise.race([once(started, "message"), once(started, "exit")]);
    if (typeof first[0] !== "object") throw new Error(`${name} did not start:\n${printed}`);
  }
  return {
    invoke(name, event) {
      const to = running.get(name);
      if (to === undefined) throw new Error(`no function ${name}`);
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        const hear = (message: unknown): void => {
          const { id: of, answer, error } = message as Answer;
          if (of !== id) return;
          to.off("message", hear);
          if (error === undefined) resolve(answer);
          else reject(new Error(error));
        };
        to.on("message", hear);
        to.send({ id, event });
      });
    },
    output: () => printed,
    async close() {
      const ended = [...running.values()].map(async (started) => {
        if (started.exitCode !== null) return;
        started.kill("SIGKILL");
        await once(started, "exit");
      });
      await Promise.all(ended);
    },
  };
}
