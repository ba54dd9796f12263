import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { Duration } from "../../core/instant.ts";
import { type Seen, sawAt, type Unseen, unseen } from "../../core/seen.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Probe, ProbedChain, ProbeTarget } from "../../ports/probe.ts";
import { chainOf } from "./chain.ts";
import { failureOf } from "./failure.ts";

export interface ProbeOptions {
  readonly clock: Clock;
  /** Longest wait for the TCP connection (1 s). */
  readonly connectTimeout?: Duration;
  /** Longest wait for the certificate after that (1 s). */
  readonly handshakeTimeout?: Duration;
}

type Address = ProbeTarget & { readonly ip: string };

/** Trusts nothing and sends nothing: no key of ours, no verification of theirs. */
function handshakeOf({ ip, port, serverName }: Address): ConnectionOptions {
  return {
    host: ip,
    port,
    // RFC 6066 forbids addresses as SNI, and Node refuses them.
    servername: isIP(serverName) === 0 ? serverName : "",
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    rejectUnauthorized: false,
    // An empty store: the chain holds what the peer sent, never what this machine could add.
    ca: [],
  };
}

function read(socket: TLSSocket): readonly string[] {
  try {
    return chainOf(socket);
  } catch {
    return [];
  }
}

type Look = { readonly chain: readonly string[] } | Unseen;

/**
 * TLS 1.3 shows the certificate in `secureConnect`, before the server judges that ours is missing. TLS 1.2 shows it only
 * inside the `error` listener of the refused handshake. After either the socket is not read again: reading it in
 * `close` crashes some versions of Node.
 */
function look(target: Address, options: ProbeOptions): Promise<Look> {
  const { connectTimeout = 1000, handshakeTimeout = 1000 } = options;
  const address = `${target.ip}:${target.port}`;
  return new Promise((resolve) => {
    let settled = false;
    const socket = connect(handshakeOf(target));
    const settle = (looking: () => Look): void => {
      clearTimeout(timer);
      if (settled) return;
      settled = true;
      resolve(looking());
      socket.destroy();
    };
    const limit = (doing: string, after: Duration): NodeJS.Timeout => {
      const late = unseen("Timeout", `TLS to ${address}: ${doing} took longer than ${after} ms`);
      return setTimeout(() => settle(() => late), after);
    };
    let timer = limit("connecting", connectTimeout);
    socket.once("connect", () => {
      clearTimeout(timer);
      timer = limit("the handshake", handshakeTimeout);
    });
    socket.once("secureConnect", () => settle(() => ({ chain: read(socket) })));
    // Stays for good: an error after the answer must not end the process.
    socket.on("error", (error) => settle(() => refused(read(socket), failureOf(error, address))));
  });
}

const refused = (chain: readonly string[], failure: Unseen): Look => (chain.length > 0 ? { chain } : failure);

async function probe(target: ProbeTarget, options: ProbeOptions): Promise<Seen<ProbedChain>> {
  const { ip } = target;
  const pod = `${target.namespace}/${target.pod}`;
  if (ip === undefined || ip === "") return unseen("NotAsked", `Pod ${pod} has no address`);
  if (isIP(ip) === 0) return unseen("Malformed", `Pod ${pod} has ${JSON.stringify(ip.slice(0, 60))} for an address`);
  const looked = await look({ ...target, ip }, options).catch((error: unknown) =>
    failureOf(error, `${ip}:${target.port}`),
  );
  if ("seen" in looked) return looked;
  if (looked.chain.length === 0) return unseen("Malformed", `TLS to ${ip}:${target.port}: no certificate was shown`);
  return sawAt({ chain: looked.chain }, options.clock.now());
}

/** Probes Pods at their own address. Needs a network path to them and no Kubernetes right at all. */
export const directProbe = (options: ProbeOptions): Probe => ({ probe: (target) => probe(target, options) });
