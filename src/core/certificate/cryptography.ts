import { constants, createHash, createPublicKey, verify } from "node:crypto";

/** The one door to node:crypto: digests and signature mathematics, both deterministic. */

export const sha256 = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");

export interface SignatureCheck {
  readonly spki: Buffer;
  /** undefined: the key's own scheme hashes by itself (Ed25519). */
  readonly digest: string | undefined;
  readonly pss: boolean;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Whether the mathematics holds. What the library refuses to compute does not. */
export function holds(check: SignatureCheck): boolean {
  try {
    const key = createPublicKey({ key: check.spki, format: "der", type: "spki" });
    const scheme = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    return verify(check.digest, check.signed, check.pss ? { key, ...scheme } : key, check.signature);
  } catch {
    return false;
  }
}
