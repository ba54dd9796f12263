import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface EnvironmentOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds that one invocation may take. */
  readonly timeout: number;
  readonly onLine: (text: string) => void;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const bootstrap = fileURLToPath(new URL("./bootstrap.ts", import.meta.url));

/**
 * One execution environment: a process, and the Runtime API that it talks to. Between two invocations the process is
 * stopped, as Lambda freezes it: its timers do not run and its connections grow old.
 */
export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #server: Server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });
  #child: ChildProcess | undefined;
  #next: ServerResponse | undefined;
  #current: Invocation | undefined;
  #given = false;
  #dead = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return !this.#dead && this.#current === undefined;
  }

  get dead(): boolean {
    return this.#dead;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    const env = { ...this.#options.env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` };
    const child = spawn(process.execPath, [bootstrap], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", this.#options.onLine);
    child.once("error", () => this.#end("the process did not start"));
    child.once("exit", (code, signal) => this.#end(`Runtime exited: ${signal ?? `code ${code}`}`));
  }

  /** Rejects when the function throws, takes too long or dies. One at a time. */
  invoke(event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#current = { id: randomUUID(), event, resolve, reject };
      this.#given = false;
      if (this.#dead) this.#end("the environment has ended");
      else this.#give();
    });
  }

  /** As SIGKILL. */
  crash(): void {
    this.#child?.kill("SIGKILL");
  }

  #give(): void {
    const response = this.#next;
    if (response === undefined || this.#current === undefined || this.#given) return;
    this.#next = undefined;
    this.#given = true;
    this.#child?.kill("SIGCONT");
    const { timeout } = this.#options;
    this.#timer = setTimeout(() => {
      this.#options.onLine(`Task timed out after ${timeout / 1000} seconds`);
      this.crash();
    }, timeout);
    response
      .writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": this.#current.id,
        "lambda-runtime-deadline-ms": String(Date.now() + timeout),
        "lambda-runtime-invoked-function-arn": `arn:aws:lambda:eu-west-1:111122223333:function:${this.#options.env["AWS_LAMBDA_FUNCTION_NAME"]}`,
      })
      .end(JSON.stringify(this.#current.event));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (path.endsWith("/invocation/next")) {
      this.#next = response;
      if (this.#current === undefined) this.#child?.kill("SIGSTOP");
      this.#give();
      return;
    }
    const body = await text(request);
    response.writeHead(202).end();
    if (path.endsWith("/init/error")) this.#options.onLine(`init failed: ${body}`);
    else this.#settle(path.endsWith("/response"), body);
  }

  #settle(good: boolean, body: string): void {
    const current = this.#current;
    clearTimeout(this.#timer);
    this.#current = undefined;
    if (good) current?.resolve(JSON.parse(body));
    else current?.reject(new Error(body));
  }

  #end(why: string): void {
    this.#dead = true;
    clearTimeout(this.#timer);
    this.#current?.reject(new Error(why));
    this.#current = undefined;
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
