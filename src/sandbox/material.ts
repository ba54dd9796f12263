import { certificateNames, type Names } from "./manifests/names.ts";
import { type MintedPair, mintChartPair, mintSelfSignedPair, type PairRequest } from "./pki/keda.ts";
import { pooledKey } from "./pki/key.ts";
import type { Rotation } from "./world.ts";

/** Who issues: a SelfSigned issuer (ca.crt is tls.crt), or a CA as in KEDA's chart. */
export type Issuer = "selfSigned" | "chart";

/** What goes into the Secret. */
export type Material = Pick<MintedPair, "caCrt" | "tlsCrt" | "tlsKey">;

/** Written by the issuer; the other kinds are somebody's edit. */
const ISSUED: ReadonlySet<Rotation> = new Set(["selfSignedRekey", "chartCaRekey", "leafOnly", "caSameKey", "expired"]);

/** Who writes it. cert-manager's issuer may go wrong in every way but one: whose key it is, is not its business. */
export const isIssued = (kind: Rotation, certManager: boolean): boolean =>
  ISSUED.has(kind) || (certManager && kind !== "keyOfAnother");

const DAY = 86_400_000;

/** Mints what each kind of rotation writes. Keys are pooled by number: the first worlds of a process pay for them. */
export class Mint {
  readonly #names: Names;
  readonly #issuer: Issuer;
  /** How long the first leaf is good, in milliseconds; undefined: as long as all others. */
  #firstLeafFor: number | undefined;
  #pair: MintedPair | undefined;
  #count = 0;

  constructor(names: Names, issuer: Issuer, firstLeafFor?: number) {
    this.#names = names;
    this.#issuer = issuer;
    this.#firstLeafFor = firstLeafFor;
  }

  /** A good pair with new keys. */
  fresh(now: number): Material {
    const lifetime = this.#firstLeafFor;
    this.#firstLeafFor = undefined;
    const dates = lifetime === undefined ? {} : { notAfter: now + lifetime };
    return this.#keep(this.#issue({ ...this.#request(now), ...dates, caKey: this.#newKey() }));
  }

  rotate(kind: Rotation, now: number): Material {
    return rotations[kind](this, now);
  }

  /** The leaf under the CA that is there. */
  leafOnly(now: number): Material {
    return this.#keep(mintChartPair({ ...this.#request(now), issuer: this.#ca("leafOnly") }));
  }

  caSameKey(now: number): Material {
    return this.#keep(mintChartPair({ ...this.#request(now), caKey: this.#ca("caSameKey").key }));
  }

  rekey(wanted: Issuer, now: number): Material {
    if (wanted !== this.#issuer) throw new Error(`this world's issuer is "${this.#issuer}", not "${wanted}"`);
    return this.fresh(now);
  }

  keyOfAnother(now: number): Material {
    const other = this.#newKey().privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { ...this.fresh(now), tlsKey: other };
  }

  leafNotSignedByCa(now: number): Material {
    const [one, other] = [1, 2].map(() => mintChartPair({ ...this.#request(now), caKey: this.#newKey() }));
    return { caCrt: one?.caCrt ?? "", tlsCrt: other?.tlsCrt ?? "", tlsKey: other?.tlsKey ?? "" };
  }

  sanMissing(now: number): Material {
    const dnsNames = certificateNames(this.#names).filter((name) => !name.startsWith(`${this.#names.operator}.`));
    return this.#issue({ ...this.#request(now), caKey: this.#newKey(), dnsNames });
  }

  expired(now: number): Material {
    const dates = { notBefore: now - 90 * DAY, notAfter: now - DAY, caNotAfter: now + 300 * DAY };
    return this.#issue({ ...this.#request(now), caKey: this.#newKey(), ...dates });
  }

  #issue(request: PairRequest): MintedPair {
    return this.#issuer === "selfSigned" ? mintSelfSignedPair(request) : mintChartPair(request);
  }

  #request(now: number): PairRequest {
    const dnsNames = certificateNames(this.#names);
    return {
      key: this.#newKey(),
      dnsNames,
      notBefore: now - 1000,
      notAfter: now + 365 * DAY,
      caNotAfter: now + 1825 * DAY,
    };
  }

  #newKey() {
    this.#count += 1;
    return pooledKey("RSA", `sandbox/${this.#count}`);
  }

  #ca(kind: Rotation): MintedPair["ca"] {
    if (this.#issuer !== "chart" || this.#pair === undefined)
      throw new Error(`"${kind}" needs a world with issuer "chart"`);
    return this.#pair.ca;
  }

  #keep(pair: MintedPair): MintedPair {
    this.#pair = pair;
    return pair;
  }
}

const rotations: Readonly<Record<Rotation, (mint: Mint, now: number) => Material>> = {
  selfSignedRekey: (mint, now) => mint.rekey("selfSigned", now),
  chartCaRekey: (mint, now) => mint.rekey("chart", now),
  leafOnly: (mint, now) => mint.leafOnly(now),
  caSameKey: (mint, now) => mint.caSameKey(now),
  keyOfAnother: (mint, now) => mint.keyOfAnother(now),
  leafNotSignedByCa: (mint, now) => mint.leafNotSignedByCa(now),
  sanMissing: (mint, now) => mint.sanMissing(now),
  expired: (mint, now) => mint.expired(now),
};
