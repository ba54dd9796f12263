import { type Certificate, octetsOf } from "./certificate.ts";
import { holds } from "./cryptography.ts";
import { memo } from "./memo.ts";
import type { ParsedCertificate } from "./parsed.ts";

/**
 * Go's text when `parent` cannot have signed `child` (crypto/x509 CheckSignatureFrom), undefined when the signature is
 * good. The parent's right to sign is judged before any mathematics.
 */
export function signatureProblem(child: Certificate, parent: Certificate): string | undefined {
  return maySign(parent)
    ? signatureMismatch(child, parent)
    : "x509: invalid signature: parent certificate cannot sign this kind of certificate";
}

/** An absent keyUsage is fine, and so is an empty one; so is a parent of version 1, which can have no basicConstraints. */
function maySign(parent: Certificate): boolean {
  const { basicConstraints, keyUsage = [] } = parent;
  if (basicConstraints === undefined ? parent.version === 3 : !basicConstraints.ca) return false;
  return keyUsage.length === 0 || keyUsage.includes("certSign");
}

/** Whether Go could read the key at all; if not, the certificate is never taken for a parent. */
export const hasKnownKey = (certificate: Certificate): boolean => octetsOf(certificate)?.publicKey.kind !== undefined;

const results = memo<string>(10_000);

function signatureMismatch(child: Certificate, parent: Certificate): string | undefined {
  const pair = `${child.fingerprint}/${parent.fingerprint}`;
  const result = results.get(pair) ?? results.keep(pair, checkSignature(octetsOf(child), octetsOf(parent)) ?? "");
  return result === "" ? undefined : result;
}

const UNIMPLEMENTED = "x509: cannot verify signature: algorithm unimplemented";
/** Go's types of public keys, as `%T` prints them. */
const GO_TYPES = { RSA: "*rsa.PublicKey", ECDSA: "*ecdsa.PublicKey", Ed25519: "ed25519.PublicKey" } as const;
const FAILURES = {
  RSA: "crypto/rsa: verification error",
  ECDSA: "x509: ECDSA verification failure",
  Ed25519: "x509: Ed25519 verification failure",
} as const;

function checkSignature(child?: ParsedCertificate, parent?: ParsedCertificate): string | undefined {
  if (child === undefined || parent === undefined) return "x509: missing ASN.1 contents; use ParseCertificate";
  const { key, digest, name, pss } = child.algorithm;
  const { kind, plain, weakness } = parent.publicKey;
  if (key === undefined) return UNIMPLEMENTED;
  // SHA-1 is good enough for Go only in revocation lists and requests.
  if (digest === "md5" || digest === "sha1") return `x509: cannot verify signature: insecure algorithm ${name}`;
  if (kind === undefined || kind === "DSA") return UNIMPLEMENTED;
  if (kind !== key) {
    return `x509: signature algorithm specifies an ${key} public key, but have public key of type ${GO_TYPES[kind]}`;
  }
  if (weakness !== undefined) return weakness;
  const good = holds({ spki: plain, digest, pss: pss === true, signed: child.signed, signature: child.signature });
  return good ? undefined : FAILURES[kind];
}
