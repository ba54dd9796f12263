import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "../namespaces/bridge.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * One port of a Service: connections to the ClusterIP go to a ready endpoint in turn. Without endpoints nobody listens, so that
 * a client is refused, as kube-proxy does it.
 */
export class Forwarder {
  readonly #address: Endpoint;
  #endpoints: readonly Endpoint[] = [];
  #cut = false;
  #server: Server | undefined;
  #turn = 0;
  readonly #open = new Set<Socket>();

  constructor(address: Endpoint) {
    this.#address = address;
  }

  set(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
    this.#adjust();
  }

  /** Refuses new connections and breaks the ones that are open. */
  cut(isCut: boolean): void {
    this.#cut = isCut;
    if (isCut) for (const socket of this.#open) socket.destroy();
    this.#adjust();
  }

  close(): void {
    this.cut(true);
  }

  #adjust(): void {
    const wanted = !this.#cut && this.#endpoints.length > 0;
    if (wanted && this.#server === undefined) {
      const { host, port } = this.#address;
      this.#server = createServer((socket) => this.#serve(socket));
      this.#server.on("error", () => {});
      this.#server.listen(port, host);
    } else if (!wanted) {
      this.#server?.close();
      this.#server = undefined;
    }
  }

  #serve(socket: Socket): void {
    this.#turn += 1;
    const endpoint = this.#endpoints[this.#turn % this.#endpoints.length];
    if (endpoint === undefined) {
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    join(socket, connect(endpoint));
  }
}
