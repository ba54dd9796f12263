import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import type { Generation } from "../../../src/core/certificate/certificate.ts";
import { generationOf, predictText } from "../../../src/core/certificate/rotation.ts";
import { days, hours, type Instant } from "../../../src/core/instant.ts";
import { kedaNames } from "../../../src/sandbox/pki/keda.ts";
import type { MintedKey } from "../../../src/sandbox/pki/key.ts";
import { type MintedCertificate, mintCertificate } from "../../../src/sandbox/pki/mint.ts";
import { generationIn } from "../../builders/certificates.ts";

/** When every world begins. Certificates are minted around it, so one pool serves all cases. */
export const began: Instant = Date.UTC(2026, 10, 23, 12);
const dialled = "keda-operator.keda.svc.cluster.local";

/** Whoever signs is known by name; a certificate that trusts only itself by its own. */
interface Trusted {
  readonly who: string;
  readonly notAfter: Instant;
}

/** A leaf as it was made: what is known of it without reading it. */
interface Leaf {
  readonly who: string;
  readonly signer: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly named: boolean;
  readonly usable: boolean;
}

/** One state of KEDA's Secret. What is left out is missing there. */
export interface Pair {
  readonly id: string;
  readonly caCrt?: string;
  readonly tlsCrt?: string;
  readonly keyFits: boolean;
  readonly pool: readonly Trusted[];
  readonly leaf?: Leaf;
}

/** The same seed is the same key: Ed25519, whose signatures have no chance in them, so a case can be played again byte for byte. */
function keyOf(seed: string): MintedKey {
  const raw = createHash("sha256").update(`properties/${seed}`).digest();
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), raw]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return { algorithm: "Ed25519", privateKey, publicKey: createPublicKey(privateKey) };
}

const minted = new Map<string, unknown>();
function once<T>(id: string, make: () => T): T {
  const known = minted.get(id) ?? make();
  minted.set(id, known);
  return known as T;
}

const serialOf = (id: string): bigint => BigInt(`0x${createHash("sha256").update(id).digest("hex").slice(0, 14)}`);
const always = { notBefore: began - days(60), notAfter: began + days(300) };

interface LeafOptions {
  readonly notBefore?: Instant;
  readonly notAfter?: Instant;
  readonly named?: boolean;
  readonly usable?: boolean;
}

const shape = (id: string, options: LeafOptions) => ({
  subject: { cn: "keda-operator" },
  key: keyOf(id),
  ca: false,
  serial: serialOf(id),
  keyUsage: ["digitalSignature", "keyEncipherment"] as const,
  extendedKeyUsage: options.usable === false ? ["serverAuth"] : ["serverAuth", "clientAuth"],
  dnsNames: options.named === false ? ["keda-operator.other.svc"] : kedaNames(),
  notBefore: options.notBefore ?? always.notBefore,
  notAfter: options.notAfter ?? always.notAfter,
});

const facts = (id: string, signer: string, options: LeafOptions): Leaf => ({
  who: id,
  signer,
  notBefore: options.notBefore ?? always.notBefore,
  notAfter: options.notAfter ?? always.notAfter,
  named: options.named !== false,
  usable: options.usable !== false,
});

/** cert-manager's SelfSigned issuer: one certificate is both files. Every new one breaks the trust. */
export const selfSigned = (n: number, options: LeafOptions = {}): Pair =>
  once(`self:${n}/${JSON.stringify(options)}`, () => {
    const id = `self:${n}/${JSON.stringify(options)}`;
    const { certificate } = mintCertificate(shape(id, options));
    const leaf = facts(id, id, options);
    return {
      id,
      caCrt: certificate,
      tlsCrt: certificate,
      keyFits: true,
      leaf,
      pool: [{ who: id, notAfter: leaf.notAfter }],
    };
  });

/** CA number `n`; a renewal of it has the same key and the same name. */
const authority = (n: number, renewal: number, notAfter: Instant): MintedCertificate =>
  once(`ca:${n}/${renewal}/${notAfter}`, () =>
    mintCertificate({
      subject: { cn: "keda-operator" },
      key: keyOf(`ca:${n}`),
      ca: true,
      serial: serialOf(`ca:${n}/${renewal}`),
      keyUsage: ["digitalSignature", "keyEncipherment", "certSign"],
      notBefore: always.notBefore,
      notAfter,
    }),
  );

export interface Issued extends LeafOptions {
  readonly ca: number;
  readonly renewal?: number;
  readonly caNotAfter?: Instant;
  readonly leafNumber: number;
  /** The CA before stands beside it in ca.crt. */
  readonly bundled?: boolean;
}

/** KEDA's chart with cert-manager, or KEDA's own rotation: a CA and a leaf. */
export function issued(what: Issued): Pair {
  const id = `issued:${JSON.stringify(what)}`;
  return once(id, () => {
    const { ca, renewal = 0, caNotAfter = always.notAfter, leafNumber, bundled = false, ...options } = what;
    const signer = authority(ca, renewal, caNotAfter);
    const tlsCrt = mintCertificate({ ...shape(`${id}/${leafNumber}`, options), issuer: signer }).certificate;
    const before = bundled ? [authority(ca - 1, 0, always.notAfter).certificate] : [];
    const pool = [{ who: `ca:${ca}`, notAfter: caNotAfter }];
    return {
      id,
      caCrt: [signer.certificate, ...before].join(""),
      tlsCrt,
      keyFits: true,
      leaf: facts(id, `ca:${ca}`, options),
      pool: bundled ? [...pool, { who: `ca:${ca - 1}`, notAfter: always.notAfter }] : pool,
    };
  });
}

export type Breakage =
  | "leafOfOther"
  | "noCa"
  | "noLeaf"
  | "gone"
  | "keyOfOther"
  | "expired"
  | "caExpired"
  | "misnamed"
  | "serverOnly"
  | "notYet"
  | "garbage";
export const breakages: readonly Breakage[] = [
  ...(["leafOfOther", "noCa", "noLeaf", "gone", "keyOfOther", "expired", "caExpired"] as const),
  ...(["misnamed", "serverOnly", "notYet", "garbage"] as const),
];

/** What an edit by hand, or an issuer gone wrong, makes of the Secret: nothing that a component may be restarted with. */
export function broken(kind: Breakage, before: Pair, n: number): Pair {
  const { caCrt: _c, tlsCrt: _t, leaf: _l, ...rest } = before;
  const id = `${kind}/${n}/${before.id}`;
  switch (kind) {
    case "leafOfOther":
      return {
        ...before,
        ...(selfSigned(900 + n) as Required<Pair>),
        id,
        caCrt: selfSigned(950 + n).caCrt ?? "",
        pool: [],
      };
    case "noCa":
      return { ...rest, id, pool: [], ...(before.tlsCrt === undefined ? {} : { tlsCrt: before.tlsCrt }) };
    case "noLeaf":
      return { ...rest, id, ...(before.caCrt === undefined ? {} : { caCrt: before.caCrt }) };
    case "gone":
      return { ...rest, id, pool: [] };
    case "keyOfOther":
      return { ...before, id, keyFits: false };
    case "garbage":
      return { ...before, id, tlsCrt: "-----BEGIN CERTIFICATE-----\nnot base64 at all\n-----END CERTIFICATE-----\n" };
    case "expired":
      return selfSigned(700 + n, { notAfter: began - hours(1) });
    case "caExpired":
      return issued({ ca: 80 + n, leafNumber: 0, caNotAfter: began - hours(1) });
    case "misnamed":
      return selfSigned(720 + n, { named: false });
    case "serverOnly":
      return selfSigned(740 + n, { usable: false });
    case "notYet":
      return selfSigned(760 + n, { notBefore: began + days(20) });
  }
}

/** Whether somebody who trusts these pairs' authorities accepts this one's leaf, by how they were made. */
export function accepts(pools: readonly Pair[], shown: Pair, at: Instant, asServer: boolean): boolean {
  const { leaf } = shown;
  if (leaf === undefined || at < leaf.notBefore || at > leaf.notAfter) return false;
  if (!leaf.usable || (asServer && !leaf.named)) return false;
  return pools.some((pair) => pair.pool.some((ca) => ca.who === leaf.signer && at <= ca.notAfter));
}

/** Whether a component that starts with this Secret runs at all. */
export const starts = (pair: Pair): boolean =>
  pair.caCrt !== undefined && pair.tlsCrt !== undefined && pair.keyFits && !pair.id.startsWith("garbage");

/** Whether a component that is restarted with this Secret can work with another that is. */
export const usable = (pair: Pair, at: Instant): boolean =>
  starts(pair) && accepts([pair], pair, at, true) && accepts([pair], pair, at, false);

const generationCache = new Map<string, Generation | undefined>();
export function read(pair: Pair): Generation | undefined {
  if (!generationCache.has(pair.id)) generationCache.set(pair.id, generationIn(pair));
  return generationCache.get(pair.id);
}

/** The name of the Secret's state as keda-medic calls it. */
export function generationNamed(pair: Pair): string | undefined {
  const generation = read(pair);
  return generation && generationOf([generation.leaf], generation.ca);
}

/** What one side of hop B has loaded: one pair to show, and whom it trusts. */
export interface Held {
  readonly pair: Pair;
  readonly trusts: readonly Pair[];
}

const texts = new Map<string, string>();

/** The words of a handshake that fails. */
function words(client: Held, server: Held, at: Instant): string {
  const shown = read(server.pair);
  const own = read(client.pair);
  if (shown === undefined || own === undefined) return "remote error: tls: internal error";
  const pool = client.trusts.flatMap((pair) => read(pair)?.ca ?? []);
  const refused = predictText(shown, pool, { now: at, usage: "serverAuth", dnsName: dialled });
  return refused === undefined ? "remote error: tls: bad certificate" : `tls: failed to verify certificate: ${refused}`;
}

const idOf = ({ pair, trusts }: Held): string => `${pair.id}|${trusts.map((t) => t.id).join("+")}`;

/** What the metrics-apiserver logs when both meet; undefined when they agree. */
export function quarrel(client: Held, server: Held, at: Instant): string | undefined {
  const agreed = accepts(client.trusts, server.pair, at, true) && accepts(server.trusts, client.pair, at, false);
  if (agreed) return undefined;
  const key = `${idOf(client)} ${idOf(server)}`;
  const known = texts.get(key) ?? words(client, server, at);
  if (!known.includes("current time")) texts.set(key, known);
  return known;
}
