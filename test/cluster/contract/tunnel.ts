import { randomBytes } from "node:crypto";
import { request as send } from "node:https";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { type ApiAnswer, type Connection, jsonOf } from "../api/client.ts";
import type { Case, Known } from "./cases.ts";

/** An upgrade to a WebSocket, as our client asks for one. */
export interface Tunnel {
  readonly name: string;
  readonly as: Case["as"];
  readonly path: (known: Known) => string;
}

const pods = "/api/v1/namespaces/keda/pods";
const forwarding =
  (port: number): Tunnel["path"] =>
  ({ pod }) =>
    `${pods}/${pod.metadata.name}/portforward?ports=${port}`;

export const tunnels: readonly Tunnel[] = [
  { name: "a port-forward", as: "admin", path: forwarding(6443) },
  { name: "a port-forward of another port", as: "admin", path: forwarding(8080) },
  { name: "a port-forward without the right", as: "respond", path: forwarding(6443) },
  { name: "a port-forward for nobody", as: "nobody", path: forwarding(6443) },
  { name: "a port-forward by a token that nobody has", as: "stranger", path: forwarding(6443) },
  {
    name: "a port-forward to a Pod that is missing",
    as: "admin",
    path: () => `${pods}/nothing/portforward?ports=6443`,
  },
];

const protocol = "v4.channel.k8s.io";
/** Two messages, one per channel: a header of two bytes, the channel, the port. */
const opening = 10;

/** The refusal, or 101 with the protocol and the first messages in hexadecimal. */
export function tunnelTo({ server, ca, token }: Connection, path: string): Promise<ApiAnswer> {
  const headers = {
    authorization: `Bearer ${token}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    "sec-websocket-protocol": protocol,
  };
  return new Promise((resolve, reject) => {
    const asking = send(`${server}${path}`, { ca, headers, agent: false, timeout: 30_000 });
    asking.once("upgrade", (response, socket, head) => {
      const spoken = String(response.headers["sec-websocket-protocol"]);
      void firstBytes(socket, head).then((bytes) => {
        socket.destroy();
        resolve(answer(101, `${spoken} ${bytes.toString("hex")}`));
      }, reject);
    });
    asking.once("response", (response) => {
      void text(response).then((body) => resolve(answer(response.statusCode ?? 0, body)), reject);
    });
    asking.once("timeout", () => asking.destroy(new Error("no answer in time")));
    asking.once("error", reject);
    asking.end();
  });
}

function firstBytes(socket: Duplex, head: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = head;
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length >= opening) resolve(bytes.subarray(0, opening));
    };
    socket.on("data", take);
    socket.once("error", reject);
    socket.once("close", () => resolve(bytes));
    take(Buffer.alloc(0));
  });
}

const answer = (status: number, body: string): ApiAnswer => ({ status, text: body, body: jsonOf(body) });
