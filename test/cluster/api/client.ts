import { Agent, request as send } from "node:https";
import { messageOf } from "../../../src/core/thrown.ts";

/** Any Kubernetes object; the harness reads what it needs. */
// biome-ignore lint/suspicious/noExplicitAny: objects of forty kinds, read at a test's own risk
export type Loose = any;

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Milliseconds, default 30 s. */
  readonly timeout?: number;
  /** Default: the token of the connection. */
  readonly token?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly body: Loose;
}

export interface Connection {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** A client of the API server for the harness itself. Rejects only when nobody answers. */
export interface Api {
  readonly connection: Connection;
  readonly agent: Agent;
  request(call: ApiRequest): Promise<ApiAnswer>;
  /** Rejects on a status of 300 and more, with the Status's message. */
  get(path: string): Promise<Loose>;
  list(path: string): Promise<Loose[]>;
  create(path: string, body: unknown): Promise<Loose>;
  /** A merge patch unless told otherwise. */
  patch(path: string, body: unknown, contentType?: string): Promise<Loose>;
  /** PUT without a resourceVersion: whatever was there before. */
  replace(path: string, body: unknown): Promise<Loose>;
  remove(path: string, body?: unknown): Promise<Loose>;
  close(): void;
}

class ApiError extends Error {
  readonly status: number;

  constructor(call: ApiRequest, { status, body, text }: ApiAnswer) {
    super(`${call.method} ${call.path}: ${status} ${body?.message ?? text.slice(0, 200)}`);
    this.name = "ApiError";
    this.status = status;
  }
}

export const merge = "application/merge-patch+json";
export const jsonPatch = "application/json-patch+json";

export function connectApi(connection: Connection): Api {
  const agent = new Agent({ keepAlive: true, ca: connection.ca });
  const request = (call: ApiRequest): Promise<ApiAnswer> => exchange(connection, agent, call);
  const must = async (call: ApiRequest): Promise<Loose> => {
    const answer = await request(call);
    if (answer.status >= 300) throw new ApiError(call, answer);
    return answer.body;
  };
  return {
    connection,
    agent,
    request,
    get: (path) => must({ method: "GET", path }),
    list: async (path) => (await must({ method: "GET", path })).items,
    create: (path, body) => must({ method: "POST", path, body }),
    patch: (path, body, contentType = merge) => must({ method: "PATCH", path, body, contentType }),
    replace: (path, body) => must({ method: "PUT", path, body }),
    remove: (path, body) => must({ method: "DELETE", path, ...(body === undefined ? {} : { body }) }),
    close: () => agent.destroy(),
  };
}

function exchange(connection: Connection, agent: Agent, call: ApiRequest): Promise<ApiAnswer> {
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers: Record<string, string> = {
    authorization: `Bearer ${call.token ?? connection.token}`,
    accept: "application/json",
    ...(body === undefined
      ? {}
      : { "content-type": call.contentType ?? "application/json", "content-length": String(body.length) }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(new Error(`${call.method} ${call.path}: ${messageOf(error)}`));
    const outgoing = send(
      `${connection.server}${call.path}`,
      { method: call.method, agent, headers, ca: connection.ca },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", fail);
        response.once("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text, body: jsonOf(text) });
        });
      },
    );
    outgoing.setTimeout(call.timeout ?? 30_000, () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", fail);
    outgoing.end(body);
  });
}

/** Undefined for what is no JSON. */
export function jsonOf(text: string): Loose {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
