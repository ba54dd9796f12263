import type { Seen } from "../core/seen.ts";

export interface ProbeTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly ip: string | undefined;
  readonly port: number;
  /** SNI: the name that the real client dials. */
  readonly serverName: string;
}

/** PEM of every certificate that the peer sent, leaf first. */
export interface ProbedChain {
  readonly chain: readonly string[];
}

/** A TLS handshake that trusts nothing, sends nothing and has no client key. Never throws. */
export interface Probe {
  probe(target: ProbeTarget): Promise<Seen<ProbedChain>>;
}
