import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as send } from "node:https";
import type { AddressInfo } from "node:net";
import { servingCertificate } from "../../../src/sandbox/servingCertificate.ts";
import type { Kubeconfig } from "../../../src/sandbox/world.ts";
import { callerOf, type Keys } from "./login.ts";

export interface Gateway {
  readonly url: string;
  /** PEM, base64: as EKS gives it. */
  readonly ca: string;
  /** How many requests came without a token that EKS would take. */
  refused(): number;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly cluster: string;
  readonly keys: readonly Keys[];
  /** Whose account in the cluster a caller gets, by access key: what an EKS access entry does. */
  account(accessKeyId: string): Promise<Kubeconfig>;
}

const bearer = ({ headers }: IncomingMessage): string => (headers.authorization ?? "").replace(/^Bearer /, "");

/** The API server of EKS in front of the sandbox's: takes tokens signed for STS, and gives each role its account. */
export async function startGateway({ cluster, keys, account }: GatewayOptions): Promise<Gateway> {
  let refused = 0;
  const { ca, cert, key } = servingCertificate("127.0.0.1");
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const caller = callerOf(bearer(request), cluster, keys);
    if (caller === undefined) {
      refused += 1;
      response.writeHead(401, { "content-type": "application/json" }).end('{"kind":"Status","code":401}');
      return;
    }
    const { server, ca: trusted, token } = await account(caller);
    const headers = { ...request.headers, authorization: `Bearer ${token}`, host: new URL(server).host };
    const onward = send(`${server}${request.url}`, { method: request.method, headers, ca: trusted }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  };
  const server = createServer({ cert, key }, (request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: Buffer.from(ca).toString("base64"),
    refused: () => refused,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
