import type http from "node:http";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Duration } from "../../core/instant.ts";
import { type Seen, sawAt, unseen } from "../../core/seen.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Probe, ProbedChain, ProbeTarget } from "../../ports/probe.ts";
import { chainOf } from "../tls/chain.ts";
import { failureOf } from "../tls/failure.ts";
import type { ClusterAccess } from "./access.ts";
import { makeAgent } from "./agent.ts";
import { ForwardedStream } from "./forwardedStream.ts";
import { missed } from "./look.ts";
import { kubePath, soundPath } from "./path.ts";
import { upgrade } from "./upgrade.ts";

export interface PortForwardSettings {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  /** For the whole probe; default 3 s. */
  readonly timeout?: Duration;
}

const TIMEOUT = 3000;

/** Probes a Pod through `pods/portforward`: no network path to the Pod is needed, but the right is. Never throws. */
export function portForwardProbe({ access, clock, timeout = TIMEOUT }: PortForwardSettings): Probe {
  const agent = makeAgent(access);
  return {
    async probe(target) {
      try {
        return await probe({ access, agent, clock, timeout }, target);
      } catch (error) {
        return failureOf(error, addressOf(target));
      }
    },
  };
}

interface Way extends Required<PortForwardSettings> {
  readonly agent: http.Agent;
}

async function probe(way: Way, target: ProbeTarget): Promise<Seen<ProbedChain>> {
  const path = kubePath("api", "v1", "namespaces", target.namespace, "pods", target.pod, "portforward");
  if (!soundPath(path)) return unseen("NotFound", `${path} names no Pod`);
  const started = performance.now();
  const upgraded = await upgrade({ ...way, path, query: { ports: target.port } });
  if (!upgraded.ok) return missed(upgraded);
  const left = way.timeout - (performance.now() - started);
  const looked = await handshake(new ForwardedStream(upgraded), target, Math.max(1, left));
  if ("seen" in looked) return looked;
  return looked.chain.length === 0
    ? unseen("Malformed", `TLS to ${addressOf(target)}: no certificate was shown`)
    : sawAt(looked, way.clock.now());
}

type Looked = ProbedChain | Extract<Seen<never>, { seen: false }>;

/** TLS 1.3 shows the chain in `secureConnect`; TLS 1.2 only inside the `error` of the handshake that lacks a client key. */
function handshake(stream: ForwardedStream, target: ProbeTarget, timeout: Duration): Promise<Looked> {
  return new Promise((resolve) => {
    const late = () => end(unseen("Timeout", `TLS to ${addressOf(target)}: the handshake took too long`));
    const timer = setTimeout(late, timeout);
    const socket = connect({
      socket: stream,
      servername: isIP(target.serverName) === 0 ? target.serverName : "",
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.2",
      ciphers: "DEFAULT@SECLEVEL=0",
      rejectUnauthorized: false,
      ca: [],
    });
    const end = (looked: Looked): void => {
      clearTimeout(timer);
      resolve(looked);
      socket.destroy();
      stream.destroy();
    };
    const broken = (error: unknown): void => {
      const chain = read(socket);
      end(chain.length > 0 ? { chain } : failureOf(error, addressOf(target)));
    };
    socket.once("secureConnect", () => end({ chain: read(socket) }));
    socket.on("error", broken);
    stream.on("error", broken);
  });
}

function read(socket: TLSSocket): readonly string[] {
  try {
    return chainOf(socket);
  } catch {
    return [];
  }
}

const addressOf = (target: ProbeTarget): string =>
  `Pod ${target.namespace}/${target.pod}:${target.port} by port-forward`;
