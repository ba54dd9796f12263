import { createServer, type TLSSocket } from "node:tls";
import type { VerifyFailure } from "../../core/certificate/verify.ts";
import type { Environment } from "../cluster/program.ts";
import { type Listening, listen } from "../sockets.ts";
import type { HeldCredentials } from "./credentials.ts";
import { judgeChain, presentedChain } from "./judge.ts";
import { type Request, receive, send } from "./lines.ts";
import type { ScalerSource } from "./scaler.ts";

export const METRICS_SERVICE_PORT = 9666;

/**
 * The operator's metrics service (server of hop B): TLS 1.3, a client certificate is required and judged by Go's rules.
 * Inside, a line protocol stands in for gRPC, and a first line for the TLS alert that a Go server sends: Node cannot
 * send one of its choice.
 */
export class MetricsService {
  readonly #environment: Environment;
  readonly #credentials: HeldCredentials;
  readonly #scaler: ScalerSource;
  readonly #server;
  #listening: Listening | undefined;

  constructor(environment: Environment, credentials: HeldCredentials, scaler: ScalerSource) {
    this.#environment = environment;
    this.#credentials = credentials;
    this.#scaler = scaler;
    this.#server = createServer(this.#context(), (socket) => this.#accept(socket));
    this.#server.on("tlsClientError", () => undefined);
  }

  async listen(): Promise<void> {
    this.#listening = await listen(this.#server, this.#environment.podIp, METRICS_SERVICE_PORT);
  }

  /** New connections get the reloaded pair. */
  reload(): void {
    this.#server.setSecureContext(this.#context());
  }

  async kill(): Promise<void> {
    await this.#listening?.kill();
  }

  #context() {
    const { cert, key } = this.#credentials.now;
    return {
      cert,
      key,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.3" as const,
      ALPNProtocols: ["h2"],
    };
  }

  #accept(socket: TLSSocket): void {
    socket.on("error", () => undefined);
    const alert = this.#alert(socket);
    if (alert !== undefined) {
      send(socket, { alert });
      socket.end();
      return;
    }
    send(socket, { ready: true });
    receive<Request>(socket, ({ id, metric }) => send(socket, { id, ...this.#scaler.ask(metric) }));
  }

  #alert(socket: TLSSocket): string | undefined {
    const chain = presentedChain(socket);
    if (chain.length === 0) return "certificate required";
    const options = { now: this.#environment.time.now(), usage: "clientAuth" as const };
    const verdict = judgeChain(chain, this.#credentials.now.pool, options);
    return verdict.ok ? undefined : alertFor(verdict.failure);
  }
}

/** Which alert a Go server (since 1.21) sends. */
function alertFor(failure: VerifyFailure): string {
  if (failure === "UnknownAuthority") return "unknown certificate authority";
  return failure === "Expired" || failure === "NotYetValid" ? "expired certificate" : "bad certificate";
}
