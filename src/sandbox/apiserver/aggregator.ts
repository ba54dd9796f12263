import { request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../../ports/clock.ts";
import type { Network } from "../cluster/network.ts";
import { certificatesIn, judgeChain, presentedChain } from "../keda/judge.ts";
import { field, textField } from "./call.ts";
import type { Objects } from "./objects.ts";
import { type Answer, noSuchPath, unavailable } from "./status.ts";

export const EXTERNAL_METRICS = "v1beta1.external.metrics.k8s.io";

/**
 * kube-apiserver's aggregation layer (hop A): HTTPS to a metrics-apiserver Pod, verified by Go's rules against the
 * APIService's caBundle. As with HTTP/2 in reality it stays with one Pod as long as that Pod lives, even while it is
 * being deleted. Unlike there, every request makes a handshake of its own.
 */
export class Aggregator {
  readonly #objects: Objects;
  readonly #network: Network;
  readonly #clock: Clock;
  #pod: string | undefined;

  constructor(objects: Objects, network: Network, clock: Clock) {
    this.#objects = objects;
    this.#network = network;
    this.#clock = clock;
  }

  /** What the Pod answers, or the 503 of the aggregation layer. */
  async get(path: string): Promise<Answer> {
    const apiService = this.#objects.get("apiservices", { name: EXTERNAL_METRICS });
    if (apiService === undefined) return noSuchPath();
    if (!isAvailable(apiService.status)) return unavailable("service unavailable");
    const service = field(apiService.spec, "service");
    const at = { namespace: textField(service, "namespace") ?? "", name: textField(service, "name") ?? "" };
    const address = this.#address(at);
    if (address === undefined) return unreachable(`no endpoints available for service "${at.name}"`);
    const bundle = Buffer.from(textField(apiService.spec, "caBundle") ?? "", "base64").toString();
    return this.#forward(address, path, { serverName: `${at.name}.${at.namespace}.svc`, bundle });
  }

  #address(service: { readonly namespace: string; readonly name: string }): string | undefined {
    const alive = this.#pod !== undefined && this.#network.hasPod(this.#pod);
    if (!alive) this.#pod = this.#network.pick(service);
    return this.#pod;
  }

  #forward(address: string, path: string, trust: Trust): Promise<Answer> {
    if (this.#network.isCut("hopA")) return Promise.resolve(unreachable(`dial tcp ${address}:6443: i/o timeout`));
    return new Promise((resolve) => {
      const outgoing = request({ host: address, port: 6443, path, agent: false, rejectUnauthorized: false });
      outgoing.once("socket", (socket) => {
        socket.once("secureConnect", () => {
          const problem = this.#distrust(socket as TLSSocket, trust);
          if (problem !== undefined) outgoing.destroy(new Error(problem));
        });
      });
      outgoing.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", (error) => resolve(unreachable(error.message)));
        response.once("end", () => resolve(passed(response.statusCode ?? 0, response.headers, chunks)));
      });
      outgoing.on("error", (error) => {
        this.#pod = undefined;
        resolve(unreachable(error.message));
      });
      outgoing.end();
    });
  }

  #distrust(socket: TLSSocket, { serverName, bundle }: Trust): string | undefined {
    const options = { now: this.#clock.now(), dnsName: serverName };
    const verdict = judgeChain(presentedChain(socket), certificatesIn(bundle), options);
    return verdict.ok ? undefined : `tls: failed to verify certificate: ${verdict.text}`;
  }
}

interface Trust {
  readonly serverName: string;
  readonly bundle: string;
}

const unreachable = (problem: string): Answer => unavailable(`error trying to reach service: ${problem}`);

const isAvailable = (status: unknown): boolean =>
  ((field(status, "conditions") ?? []) as readonly { type: string; status: string }[]).some(
    (condition) => condition.type === "Available" && condition.status === "True",
  );

function passed(status: number, headers: NodeJS.Dict<string | string[]>, chunks: readonly Buffer[]): Answer {
  const contentType = String(headers["content-type"] ?? "application/json");
  return { status, body: Buffer.concat(chunks).toString(), contentType };
}
