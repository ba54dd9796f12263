import { predictText } from "../../../src/core/certificate/rotation.ts";
import { days } from "../../../src/core/instant.ts";
import { type MintedPair, mintSelfSignedPair } from "../../../src/sandbox/pki/keda.ts";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { generationIn } from "../../builders/certificates.ts";

/** One state of KEDA's Secret. Whatever is left out is missing in the Secret. */
export interface Pair {
  readonly number: number;
  readonly writtenAt: number;
  readonly caCrt?: string;
  readonly tlsCrt?: string;
  readonly keyFits: boolean;
}

const born = Date.UTC(2026, 10, 1);
const minted = new Map<number, MintedPair>();

/** As cert-manager's SelfSigned issuer makes it; the same number is the same pair in every test. */
function mintedPair(number: number): MintedPair {
  const known = minted.get(number);
  if (known !== undefined) return known;
  const key = pooledKey("ECDSA", `flow/${number}`);
  const pair = mintSelfSignedPair({ key, notBefore: born, notAfter: born + days(365), serial: number + 1 });
  minted.set(number, pair);
  return pair;
}

export const goodPair = (number: number, writtenAt: number): Pair => {
  const { caCrt, tlsCrt } = mintedPair(number);
  return { number, writtenAt, caCrt, tlsCrt, keyFits: true };
};

export type Break = "leafNotSignedByCa" | "noCa" | "keyOfAnother" | "gone";

/** What somebody's edit makes of the Secret: nothing that a component could start with. */
export function brokenPair(kind: Break, before: Pair, writtenAt: number): Pair {
  const { caCrt, tlsCrt, ...rest } = { ...before, writtenAt };
  const whole = { ...rest, ...(caCrt === undefined ? {} : { caCrt }), ...(tlsCrt === undefined ? {} : { tlsCrt }) };
  switch (kind) {
    case "leafNotSignedByCa":
      return { ...whole, caCrt: mintedPair(before.number + 50).caCrt };
    case "noCa":
      return { ...rest, ...(tlsCrt === undefined ? {} : { tlsCrt }) };
    case "keyOfAnother":
      return { ...whole, keyFits: false };
    case "gone":
      return rest;
  }
}

/** What the metrics-apiserver logs when both meet; undefined when they agree. */
export function quarrel(operator: Pair, metricsApiserver: Pair, now: number): string | undefined {
  const server = generationIn(operator);
  const client = generationIn(metricsApiserver);
  if (server === undefined || client === undefined) return "remote error: tls: internal error";
  const refusedServer = predictText(server, client.ca, { now, usage: "serverAuth" });
  if (refusedServer !== undefined) return `tls: failed to verify certificate: ${refusedServer}`;
  const refusedClient = predictText(client, server.ca, { now, usage: "clientAuth" });
  return refusedClient === undefined ? undefined : "remote error: tls: bad certificate";
}
