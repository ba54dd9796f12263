import { constants, sign } from "node:crypto";
import { explicit, integer, nothing, oid, sequence } from "./der.ts";
import type { MintedKey } from "./key.ts";

/** Digest of the signature, or an RSA-PSS signature; weak ones are there to be refused. */
export type SignatureStyle = "SHA256" | "SHA384" | "SHA512" | "SHA1" | "MD5" | "PSS";

const RSA_OIDS: Readonly<Record<SignatureStyle, string>> = {
  MD5: "1.2.840.113549.1.1.4",
  SHA1: "1.2.840.113549.1.1.5",
  SHA256: "1.2.840.113549.1.1.11",
  SHA384: "1.2.840.113549.1.1.12",
  SHA512: "1.2.840.113549.1.1.13",
  PSS: "1.2.840.113549.1.1.10",
};
const ECDSA_OIDS: Readonly<Record<string, string>> = {
  SHA1: "1.2.840.10045.4.1",
  SHA256: "1.2.840.10045.4.3.2",
  SHA384: "1.2.840.10045.4.3.3",
  SHA512: "1.2.840.10045.4.3.4",
};
const SHA256 = "2.16.840.1.101.3.4.2.1";

const isRsa = (key: MintedKey): boolean => key.algorithm.startsWith("RSA");
const isPss = (key: MintedKey, style: SignatureStyle): boolean => style === "PSS" || key.algorithm === "RSA-PSS";

/** AlgorithmIdentifier of a signature by `key`. */
export function signatureAlgorithm(key: MintedKey, style: SignatureStyle): Buffer {
  if (key.algorithm === "Ed25519") return sequence(oid("1.3.101.112"));
  if (!isRsa(key)) return sequence(oid(ECDSA_OIDS[style] ?? "1.2.840.10045.4.3.2"));
  if (isPss(key, style)) return sequence(oid(RSA_OIDS.PSS), pssParameters());
  return sequence(oid(RSA_OIDS[style]), nothing());
}

function pssParameters(): Buffer {
  const hash = sequence(oid(SHA256), nothing());
  const mask = sequence(oid("1.2.840.113549.1.1.8"), hash);
  return sequence(explicit(0, hash), explicit(1, mask), explicit(2, integer(32)));
}

export function signWith(key: MintedKey, style: SignatureStyle, content: Uint8Array): Buffer {
  if (key.algorithm === "Ed25519") return sign(null, content, key.privateKey);
  if (!isPss(key, style)) return sign(style, content, key.privateKey);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign("SHA256", content, { key: key.privateKey, padding, saltLength: 32 });
}
