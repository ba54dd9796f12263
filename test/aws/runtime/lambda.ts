import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Listening, listening } from "../../edge/hosts/listening.ts";

/** What the function told the Runtime API, in order (Lambda developer guide, "Using the Lambda runtime API"). */
export interface Told {
  /** Such as `/2018-06-01/runtime/init/error`, without the id of an invocation. */
  readonly path: "response" | "error" | "init/error";
  readonly body: unknown;
  /** Header `lambda-runtime-function-error-type`. */
  readonly errorType: string | undefined;
}

/** One execution environment of a function, under AWS's own runtime client. */
export interface Environment {
  /** Resolves with what the function told of this event. `milliseconds`: until the deadline. */
  invoke(event: unknown, milliseconds?: number): Promise<Told>;
  /** What it told of its start when that failed, with its exit code. */
  failed(): Promise<Told & { readonly exitCode: number | null }>;
  output(): string;
  close(): Promise<void>;
}

export interface EnvironmentOptions {
  /** aws-lambda-ric's `index.mjs`. */
  readonly client: string;
  /** Folder with `index.mjs`, which exports `handler`. */
  readonly bundle: string;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly event: unknown;
  readonly milliseconds: number;
}

/** The Runtime API, and the function as a process beside it. */
export async function startEnvironment({ client, bundle, name, env }: EnvironmentOptions): Promise<Environment> {
  const told: Told[] = [];
  const queue: Waiting[] = [];
  let next: ServerResponse | undefined;
  let invocations = 0;
  let heard = (): void => {};

  /** `/next` is a long poll: it is answered when there is an event. */
  function hand(): void {
    const [waiting] = queue;
    if (next === undefined || waiting === undefined) return;
    queue.shift();
    invocations += 1;
    next
      .writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": `invocation-${invocations}`,
        "lambda-runtime-deadline-ms": String(Date.now() + waiting.milliseconds),
        "lambda-runtime-invoked-function-arn": `arn:aws:lambda:eu-west-1:111122223333:function:${name}`,
      })
      .end(JSON.stringify(waiting.event));
    next = undefined;
  }

  const api: Listening = await listening(
    createServer(async (request, response) => {
      const [, path = ""] = /^\/2018-06-01\/runtime\/(.*)$/.exec(request.url ?? "") ?? [];
      if (path === "invocation/next") {
        next = response;
        hand();
        return;
      }
      const body = await text(request);
      response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
      const kind = /(response|init\/error|error)$/.exec(path)?.[1] as Told["path"];
      const errorType = request.headers["lambda-runtime-function-error-type"];
      told.push({
        path: kind,
        body: body === "" ? undefined : (JSON.parse(body) as unknown),
        errorType: errorType === undefined ? undefined : String(errorType),
      });
      heard();
    }),
  );

  const child: ChildProcess = spawn(process.execPath, [client, "index.handler"], {
    cwd: bundle,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${api.port}`,
      LAMBDA_TASK_ROOT: bundle,
      _HANDLER: "index.handler",
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: "stream",
      ...env,
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (printed += chunk));
  const ended = once(child, "exit") as Promise<[number | null]>;

  async function nextTold(): Promise<Told> {
    const gone = ended.then(([code]) => {
      throw new Error(`${name} ended with ${code}:\n${printed}`);
    });
    gone.catch(() => undefined);
    while (told.length === 0)
      await Promise.race([new Promise<void>((resolve) => (heard = resolve)), told.length === 0 ? gone : undefined]);
    return told.shift() as Told;
  }

  return {
    invoke(event, milliseconds = 30_000) {
      queue.push({ event, milliseconds });
      hand();
      return nextTold();
    },
    async failed() {
      const [exitCode] = await ended;
      const [first] = told;
      if (first === undefined) throw new Error(`${name} ended with ${exitCode} and told nothing:\n${printed}`);
      return { ...first, exitCode };
    },
    output: () => printed,
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
      await api.close();
    },
  };
}
