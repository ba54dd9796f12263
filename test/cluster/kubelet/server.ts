import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import { forward } from "../../../src/sandbox/apiserver/portForward.ts";
import { node } from "../namespaces/network.ts";
import { logText } from "./log.ts";
import { kubeletPort } from "./node.ts";
import type { PodWorker } from "./podWorker.ts";

export interface KubeletServerOptions {
  readonly cert: string;
  readonly key: string;
  readonly find: (namespace: string, pod: string) => PodWorker | undefined;
}

interface Reply {
  readonly status: number;
  readonly body: Buffer | string;
}

/** kubelet's own endpoints, as far as the API server proxies to them: logs and port-forward. */
export function serveKubelet({ cert, key, find }: KubeletServerOptions): Promise<Server> {
  const server = createServer({ cert, key }, (incoming, answer) => {
    const url = new URL(incoming.url ?? "/", "https://kubelet");
    const { status, body } = containerLogs(url, find);
    answer.writeHead(status, { "content-type": "text/plain" }).end(body);
  });
  server.on("upgrade", (incoming, socket: Duplex) => {
    const url = new URL(incoming.url ?? "/", "https://kubelet");
    const [, , namespace = "", pod = ""] = url.pathname.split("/");
    const worker = find(namespace, pod);
    const port = Number(url.searchParams.get("port") ?? url.searchParams.get("ports"));
    const secret = incoming.headers["sec-websocket-key"];
    if (worker === undefined || secret === undefined || !url.pathname.startsWith("/portForward/")) {
      socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
      return;
    }
    forward(socket, secret, { host: worker.podIP, port });
  });
  return new Promise((resolve) => server.listen(kubeletPort, node.address, () => resolve(server)));
}

function containerLogs(url: URL, find: KubeletServerOptions["find"]): Reply {
  const [, kind, namespace = "", pod = "", container = ""] = url.pathname.split("/");
  if (kind !== "containerLogs") return { status: 404, body: "404 page not found" };
  const worker = find(namespace, pod);
  if (worker === undefined) return { status: 404, body: `pod "${pod}" not found` };
  const previous = url.searchParams.get("previous") === "true";
  const log = worker.log(container, previous);
  if (log !== undefined) return { status: 200, body: logText(log.lines, url.searchParams) };
  const what = previous ? "previous terminated container" : "container";
  return { status: 400, body: `${what} "${container}" in pod "${pod}" not found` };
}
