import type { Certificate, Generation } from "./certificate.ts";
import { sha256 } from "./cryptography.ts";
import { type VerifyOptions, verifyCertificate } from "./verify.ts";

export type { Generation };

/**
 * What replacing one generation by the next does to a peer that still holds the old one.
 * - `Same`: the same certificates.
 * - `Expired`: the new one is outside its dates; a restart would load what nobody accepts.
 * - `Inconsistent`: the new leaf does not verify against the new CA; a restart would break even a pair that works.
 * - `Safe`: old and new accept each other both ways, as client and as server.
 * - `Breaking`: at least one way they do not.
 */
export type RotationClass = "Same" | "Safe" | "Breaking" | "Inconsistent" | "Expired";

/**
 * The dates of the new generation count, at `now`; between old and new only trust does, not dates. An old certificate
 * that expires in the memory of a component is a fault of its own, not one of the rotation.
 */
export function classifyRotation(from: Generation, to: Generation, now: number): RotationClass {
  if (generationOf(leafBundle(from), from.ca) === generationOf(leafBundle(to), to.ca)) return "Same";
  if (!accepts(undated(to), undated(to), now)) return "Inconsistent";
  if (!accepts(to, to, now)) return "Expired";
  const [old, next] = [undated(from), undated(to)];
  return accepts(old, next, now) && accepts(next, old, now) ? "Safe" : "Breaking";
}

const leafBundle = ({ leaf, intermediates }: Generation): readonly Certificate[] => [leaf, ...intermediates];

/** Both uses, because KEDA shows one leaf as a server and as a client. */
function accepts(verifier: Generation, presenter: Generation, now: number): boolean {
  return (["serverAuth", "clientAuth"] as const).every(
    (usage) => predictText(presenter, verifier.ca, { now, usage }) === undefined,
  );
}

const undated = ({ leaf, intermediates, ca }: Generation): Generation => ({
  leaf: timeless(leaf),
  intermediates: intermediates.map(timeless),
  ca: ca.map(timeless),
});

const timeless = (certificate: Certificate): Certificate => ({
  ...certificate,
  notBefore: Number.NEGATIVE_INFINITY,
  notAfter: Number.POSITIVE_INFINITY,
});

/**
 * The exact text that a verifier which trusts `pool` logs when it is shown `shown`; undefined when it would accept.
 * Unless `options` say otherwise the verifier is a client (`serverAuth`) and gets the intermediates of `shown`.
 */
export function predictText(
  shown: Generation,
  pool: readonly Certificate[],
  options: VerifyOptions,
): string | undefined {
  const verification = verifyCertificate(shown.leaf, pool, { intermediates: shown.intermediates, ...options });
  return verification.ok ? undefined : verification.text;
}

/**
 * SHA-256 (hex) over the public certificates of a Secret: of `leaf:<fingerprint>,...;ca:<fingerprint>,...`. The order of
 * the leaf bundle counts, its first certificate being the leaf; a CA bundle is a set, so its order and repetitions do not.
 */
export function generationOf(leafBundle: readonly Certificate[], caBundle: readonly Certificate[]): string {
  const leaves = leafBundle.map((certificate) => certificate.fingerprint);
  const authorities = [...new Set(caBundle.map((certificate) => certificate.fingerprint))].sort();
  return sha256(`leaf:${leaves.join(",")};ca:${authorities.join(",")}`);
}
