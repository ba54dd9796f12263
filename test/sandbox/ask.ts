import { request } from "node:https";
import type { Kubeconfig } from "../../src/sandbox/world.ts";

export interface Asked {
  readonly status: number;
  readonly text: string;
  readonly json: Json;
}

/** JSON of any shape, walked by key. */
export class Json {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
  at(...path: readonly (string | number)[]): unknown {
    return path.reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      this.value,
    );
  }
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

/** One call of the API server with a role's token. */
export function ask({ server, ca, token }: Omit<Kubeconfig, "path">, call: Ask): Promise<Asked> {
  const body = call.body === undefined ? "" : JSON.stringify(call.body);
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": call.type ?? "application/json",
    // Node leaves it out of a DELETE.
    "content-length": String(Buffer.byteLength(body)),
  };
  return new Promise((resolve, reject) => {
    const options = { method: call.method ?? "GET", ca, agent: false, headers };
    const outgoing = request(`${server}${call.path}`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, text, json: new Json(parse(text)) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
