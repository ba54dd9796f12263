import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort, root } from "../../build/build.ts";
import type { Invoke } from "./amazon.ts";

/** `osls offline`: the HTTP API and Lambda's own invocation API, on ports of this machine. */
export interface Offline {
  /** Where the HTTP API of respond is. */
  readonly http: string;
  readonly invoke: Invoke;
  output(): string;
  close(): Promise<void>;
}

const program = join(root, "node_modules/osls/bin/serverless.js");

/** The bundles must have been made. `environment` is what the functions find besides what serverless.yml gives them. */
export async function startOffline(
  parameters: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<Offline> {
  const [http, lambda, websocket, alb] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports = { httpPort: http, lambdaPort: lambda, websocketPort: websocket, albPort: alb };
  const flags = Object.entries(ports).flatMap(([name, port]) => [`--${name}`, String(port)]);
  const pairs = Object.entries(parameters).map(([name, value]) => `--param=${name}=${value}`);
  // The program itself, not its bin: ending npx would leave the server behind.
  const args = [program, "offline", "--host", "127.0.0.1", "--noAuth", "--localEnvironment", ...flags, ...pairs];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env.PATH, SLS_NOTIFICATIONS_MODE: "off", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  const until = performance.now() + 90_000;
  while (!printed.includes("Server ready") && performance.now() < until && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 50));
  if (!printed.includes("Server ready")) throw new Error(`osls offline did not start:\n${printed}`);
  return {
    http: `http://127.0.0.1:${http}/`,
    async invoke(name, event) {
      const path = `/2015-03-31/functions/keda-medic-dev-${name}/invocations`;
      const answer = await fetch(`http://127.0.0.1:${lambda}${path}`, { method: "POST", body: JSON.stringify(event) });
      const text = await answer.text();
      if (!answer.ok || answer.headers.get("x-amz-function-error") !== null) throw new Error(`${name}: ${text}`);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
    output: () => printed,
    async close() {
      if (child.exitCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
