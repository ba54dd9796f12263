import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

/**
 * What Lambda runs in an execution environment for a Node.js function: loads the handler once (init), then takes one
 * invocation after the other from the Runtime API. AWS Lambda developer guide, "Using the Lambda runtime API".
 */
const { AWS_LAMBDA_RUNTIME_API: api = "", LAMBDA_TASK_ROOT: root = "", _HANDLER: handlerName = "" } = process.env;
const agent = new Agent({ keepAlive: true });

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Waits as long as it takes: the next invocation may be hours away. */
function call(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${api}/2018-06-01/runtime/${path}`, { method, agent }, (response) => {
      text(response).then((received) => resolve({ headers: response.headers, body: received }), reject);
    });
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const failure = (error: unknown) => {
  const { name = "Error", message = String(error), stack = "" } = error as Partial<Error>;
  return { errorType: name, errorMessage: message, stackTrace: stack.split("\n") };
};

type Handler = (event: unknown, context: object) => Promise<unknown>;

async function init(): Promise<Handler> {
  const [file = "", exported = ""] = [handlerName.replace(/\.\w+$/, ""), handlerName.split(".").at(-1)];
  try {
    const module = (await import(pathToFileURL(join(root, `${file}.mjs`)).href)) as Readonly<Record<string, Handler>>;
    const handler = module[exported];
    if (handler === undefined) throw new Error(`${handlerName} is not there`);
    return handler;
  } catch (error) {
    await call("POST", "init/error", failure(error));
    process.exit(1);
  }
}

const handler = await init();
for (;;) {
  const { headers, body } = await call("GET", "invocation/next");
  const id = String(headers["lambda-runtime-aws-request-id"]);
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    awsRequestId: id,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const answer = await handler(JSON.parse(body), context);
    await call("POST", `invocation/${id}/response`, answer ?? null);
  } catch (error) {
    await call("POST", `invocation/${id}/error`, failure(error));
  }
}
