import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { textField } from "./call.ts";
import type { Objects } from "./objects.ts";
import { forbidden, type User } from "./rbac.ts";
import type { RequestInfo } from "./requestInfo.ts";
import { type Answer, badRequest, notFound, notSpoken } from "./status.ts";
import { acceptWebSocket, messageReader, sendMessage } from "./webSocket.ts";

const PROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
const ERROR = 1;

export interface Upgrade {
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly key: string;
  readonly protocols: string;
}

/** Where to forward to, or the answer that refuses. An upgrade is a GET, and needs the right to `create` as well. */
export function forwardTarget(
  objects: Objects,
  upgrade: Upgrade,
): { readonly host: string; readonly port: number } | Answer {
  const { info, query, user } = upgrade;
  if (info.resource !== "pods" || info.subresource !== "portforward") return notSpoken("an upgrade to a WebSocket");
  const refused = forbidden(user, info) ?? forbidden(user, { ...info, verb: "create" });
  if (refused !== undefined) return refused;
  if (!upgrade.protocols.split(/,\s*/).includes(PROTOCOL)) return badRequest("unable to negotiate protocol");
  const pod = objects.get("pods", { namespace: info.namespace, name: info.name ?? "" });
  if (pod === undefined) return notFound("pods", info.name ?? "");
  return { host: textField(pod.status, "podIP") ?? "", port: Number(query.get("ports")) };
}

/** One port over one WebSocket: a data and an error channel, each begun by its port number. */
export function forward(
  socket: Duplex,
  key: string,
  { host, port }: { readonly host: string; readonly port: number },
): void {
  acceptWebSocket(socket, key, PROTOCOL);
  for (const channel of [DATA, ERROR]) sendMessage(socket, Buffer.from([channel, port & 0xff, port >> 8]));
  const pod = connect({ host, port });
  pod.on("data", (chunk) => sendMessage(socket, Buffer.concat([Buffer.from([DATA]), chunk])));
  pod.on("error", (error) => {
    const text = `an error occurred forwarding ${port} -> ${port}: ${error.message}`;
    sendMessage(socket, Buffer.concat([Buffer.from([ERROR]), Buffer.from(text)]));
  });
  pod.once("close", () => socket.end());
  socket.on("error", () => pod.destroy());
  socket.once("close", () => pod.destroy());
  const read = messageReader((message) => {
    if (message === undefined) pod.end();
    else if (message[0] === DATA) pod.write(message.subarray(1));
  });
  socket.on("data", read);
}
