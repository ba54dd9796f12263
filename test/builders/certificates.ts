import { type Certificate, type Generation, readCertificates } from "../../src/core/certificate/certificate.ts";
import { generationOf } from "../../src/core/certificate/rotation.ts";
import type { PastGeneration, Presented } from "../../src/core/evidence.ts";
import { days } from "../../src/core/instant.ts";
import {
  kedaNames,
  type MintedPair,
  mintChartPair,
  mintKedaRotatorPair,
  mintSelfSignedPair,
  type PairRequest,
} from "../../src/sandbox/pki/keda.ts";
import { type KeyAlgorithm, pooledKey } from "../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../src/sandbox/pki/mint.ts";
import { NOW } from "./time.ts";

/** What KEDA's Secret held at one time, as core sees it. */
export interface Pair {
  readonly minted: MintedPair;
  readonly generation: string;
  readonly certificates: Generation;
  readonly leaf: Certificate;
  /** What a process that loaded this pair shows on a TLS port. */
  readonly presented: Presented;
}

const certificatesOf = (pem: string): readonly Certificate[] => {
  const read = readCertificates(pem);
  if (!read.ok) throw new Error(read.problem);
  return read.certificates;
};

export function pairOf(minted: MintedPair): Pair {
  const chain = certificatesOf(minted.tlsCrt);
  const ca = certificatesOf(minted.caCrt);
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined) throw new Error("no leaf was minted");
  return {
    minted,
    leaf,
    generation: generationOf(chain, ca),
    certificates: { leaf, intermediates, ca },
    presented: { leaf, chain },
  };
}

const dates = { notBefore: NOW - days(30), notAfter: NOW + days(300) };

/** The same name is the same key, ECDSA unless asked: minting must be quick, and most texts do not name the algorithm. */
const key = (name: string, algorithm: KeyAlgorithm = "ECDSA") => pooledKey(algorithm, name);

/** A self-signed leaf that may serve and may not call. */
export const serverOnly = (): Pair => {
  const leaf = mintCertificate({
    subject: { cn: "keda-operator" },
    key: key("leaf/server-only"),
    ca: false,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    extendedKeyUsage: ["serverAuth"],
    dnsNames: kedaNames(),
    ...dates,
  });
  return pairOf({ caCrt: leaf.certificate, tlsCrt: leaf.certificate, tlsKey: leaf.keyPem, ca: leaf, leaf });
};

/** A Secret put together by hand: the leaf of one pair beside the CA of another. */
export const mixedPair = (leafOf: Pair, caOf: Pair): Pair =>
  pairOf({ ...leafOf.minted, caCrt: caOf.minted.caCrt, ca: caOf.minted.ca });

/** A Secret whose ca.crt holds the CAs of several pairs. */
export const bundledPair = (leafOf: Pair, ...others: readonly Pair[]): Pair =>
  pairOf({ ...leafOf.minted, caCrt: [leafOf, ...others].map((p) => p.minted.caCrt).join("") });

export interface Minting extends Partial<PairRequest> {
  readonly algorithm?: KeyAlgorithm;
}

const minting = (name: string, { algorithm, ...more }: Minting): PairRequest => ({
  ...dates,
  key: key(`leaf/${name}`, algorithm),
  caKey: key(`ca/${name}`, algorithm),
  ...more,
});

/** A pair of cert-manager's SelfSigned issuer: another name is another key, and a re-key breaks the trust. */
export const selfSigned = (name: string, more: Minting = {}): Pair => pairOf(mintSelfSignedPair(minting(name, more)));

/** A pair of KEDA's chart with cert-manager: CA and leaf, both called `keda-operator`. */
export const chart = (name: string, more: Minting = {}): Pair => pairOf(mintChartPair(minting(name, more)));

/** A pair of KEDA's own rotation. */
export const rotator = (name: string, more: Minting = {}): Pair => pairOf(mintKedaRotatorPair(minting(name, more)));

/** The next leaf of the same CA: a safe rotation. */
export const nextLeaf = (of: Pair, name: string, more: Minting = {}): Pair =>
  chart(name, { issuer: of.minted.ca, ...more });

export const past = (pair: Pair, writtenAt: number): PastGeneration => ({
  generation: pair.generation,
  certificates: pair.certificates,
  writtenAt,
});

/** The generation that these two files make; undefined when one of them is missing or no certificate. */
export function generationIn({
  tlsCrt = "",
  caCrt = "",
}: {
  readonly tlsCrt?: string;
  readonly caCrt?: string;
}): Generation | undefined {
  const leaf = readCertificates(tlsCrt);
  const ca = readCertificates(caCrt);
  const first = leaf.ok ? leaf.certificates[0] : undefined;
  return first === undefined || !ca.ok ? undefined : { leaf: first, intermediates: [], ca: ca.certificates };
}
