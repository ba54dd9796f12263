import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** `RSA` is RSA 2048 and `ECDSA` is P-256, what cert-manager and KEDA issue; the others are for odd cases. */
export type KeyAlgorithm = "RSA" | "RSA-512" | "RSA-1024" | "RSA-PSS" | "ECDSA" | "ECDSA-P384" | "Ed25519";

export interface MintedKey {
  readonly algorithm: KeyAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A fresh key. RSA takes tens of milliseconds: see `pooledKey`. */
export function mintKey(algorithm: KeyAlgorithm): MintedKey {
  return { algorithm, ...generate(algorithm) };
}

function generate(algorithm: KeyAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (algorithm) {
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "RSA-512":
      return generateKeyPairSync("rsa", { modulusLength: 512 });
    case "RSA-1024":
      return generateKeyPairSync("rsa", { modulusLength: 1024 });
    case "RSA-PSS":
      return generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
    case "ECDSA":
      return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    case "ECDSA-P384":
      return generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    case "Ed25519":
      return generateKeyPairSync("ed25519");
  }
}

const pool = new Map<string, MintedKey>();

/** The same key for the same name as long as the process lives: tests pay for an RSA key once. */
export function pooledKey(algorithm: KeyAlgorithm, name: string): MintedKey {
  const slot = `${algorithm}/${name}`;
  const key = pool.get(slot) ?? mintKey(algorithm);
  pool.set(slot, key);
  return key;
}
