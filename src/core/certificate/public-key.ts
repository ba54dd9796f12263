import { type AlgorithmIdentifier, isNull, type KeyKind, readAlgorithm } from "./algorithm.ts";
import { pointProblem } from "./curve.ts";
import { DerReader, elementOf, TAG, Unreadable } from "./der.ts";

export interface PublicKey {
  /** The whole SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** The same key without the extra elements that Go passes over and OpenSSL refuses. */
  readonly plain: Buffer;
  /** undefined: Go does not know the type and never takes the certificate for a parent. */
  readonly kind?: KeyKind;
  readonly oid: string;
  /** Go's text when it refuses to verify with this very key (RSA only). */
  readonly weakness?: string;
}

const MALFORMED = "x509: malformed spki";
const KINDS: Readonly<Record<string, KeyKind>> = {
  "1.2.840.113549.1.1.1": "RSA",
  "1.2.840.10040.4.1": "DSA",
  "1.2.840.10045.2.1": "ECDSA",
  "1.3.101.112": "Ed25519",
};

/** @param spki the whole SubjectPublicKeyInfo. @throws Unreadable for a key that crypto/x509 does not parse. */
export function readPublicKey(spki: Buffer): PublicKey {
  const der = new DerReader(spki).inside(TAG.sequence, MALFORMED);
  const algorithm = readAlgorithm(der.inside(TAG.sequence, "x509: malformed public key algorithm identifier"));
  const { octets, length } = der.bits("x509: malformed subjectPublicKey");
  const data = length % 8 === 0 ? octets : rightAligned(octets, 8 - (length % 8));
  const kind = KINDS[algorithm.oid];
  const found = { spki, plain: spki, oid: algorithm.oid };
  if (kind === undefined) return found;
  return { ...found, kind, ...CHECKS[kind]({ algorithm, data }) };
}

/** A SubjectPublicKeyInfo that holds these and nothing else. */
function plainKey({ name, parameters = Buffer.alloc(0) }: AlgorithmIdentifier, key: Buffer): Buffer {
  const identifier = elementOf(TAG.sequence, name, parameters);
  return elementOf(TAG.sequence, identifier, elementOf(TAG.bitString, Buffer.alloc(1), key));
}

/** A BIT STRING that is not whole octets counts from the right, as Go's asn1.BitString.RightAlign has it. */
export function rightAligned(octets: Buffer, shift: number): Buffer {
  return Buffer.from(octets.map((octet, i) => (octet >> shift) | ((octets[i - 1] ?? 0) << (8 - shift))));
}

interface KeyInput {
  readonly algorithm: AlgorithmIdentifier;
  readonly data: Buffer;
}
type KeyFound = Pick<PublicKey, "weakness"> & Partial<Pick<PublicKey, "plain">>;
type KeyCheck = (input: KeyInput) => KeyFound;

const CHECKS: Readonly<Record<KeyKind, KeyCheck>> = {
  RSA: checkRsa,
  DSA: checkDsa,
  ECDSA: checkEcdsa,
  Ed25519: checkEd25519,
};

function checkRsa({ algorithm, data }: KeyInput): KeyFound {
  if (!isNull(algorithm.parameters)) throw new Unreadable("x509: RSA key missing NULL parameters");
  const der = new DerReader(data).inside(TAG.sequence, "x509: invalid RSA public key");
  const [n, modulus] = integerIn(der, "x509: invalid RSA modulus");
  const [e, exponent] = integerIn(der, "x509: invalid RSA public exponent");
  if (exponent !== BigInt.asIntN(64, exponent)) throw new Unreadable("x509: invalid RSA public exponent");
  if (modulus <= 0n) throw new Unreadable("x509: RSA modulus is not a positive number");
  if (exponent <= 0n) throw new Unreadable("x509: RSA public exponent is not a positive number");
  const weakness = weaknessOf(modulus, exponent);
  const plain = plainKey(algorithm, elementOf(TAG.sequence, n, e));
  return weakness === undefined ? { plain } : { plain, weakness };
}

/** The whole element, and its value. */
function integerIn(der: DerReader, problem: string): readonly [Buffer, bigint] {
  const { raw } = der.element(TAG.integer, problem);
  return [raw, new DerReader(raw).integer(problem)];
}

/** Go's package crypto/rsa refuses to compute with such a key. */
function weaknessOf(modulus: bigint, exponent: bigint): string | undefined {
  const bits = modulus.toString(2).length;
  if (bits < 1024) {
    return `crypto/rsa: ${bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`;
  }
  if (modulus % 2n === 0n) return "crypto/rsa: public modulus is even";
  if (exponent < 2n) return "crypto/rsa: public exponent too small or negative";
  if (exponent % 2n === 0n) return "crypto/rsa: public exponent is even";
  return exponent > 0x7fff_ffffn ? "crypto/rsa: public exponent too large" : undefined;
}

function checkEcdsa({ algorithm, data }: KeyInput): KeyFound {
  const curve = new DerReader(algorithm.parameters ?? Buffer.alloc(0)).oid("x509: invalid ECDSA parameters");
  const problem = pointProblem(curve, data);
  if (problem !== undefined) throw new Unreadable(problem);
  return { plain: plainKey(algorithm, data) };
}

function checkEd25519({ algorithm, data }: KeyInput): KeyFound {
  if (algorithm.parameters !== undefined) throw new Unreadable("x509: Ed25519 key encoded with illegal parameters");
  if (data.length !== 32) throw new Unreadable("x509: wrong Ed25519 public key size");
  return { plain: plainKey(algorithm, data) };
}

function checkDsa({ algorithm, data }: KeyInput): KeyFound {
  const numbers = [new DerReader(data).integer("x509: invalid DSA public key")];
  const parameters = new DerReader(algorithm.parameters ?? Buffer.alloc(0));
  const der = parameters.inside(TAG.sequence, "x509: invalid DSA parameters");
  for (let i = 0; i < 3; i++) numbers.push(der.integer("x509: invalid DSA parameters"));
  if (numbers.some((n) => n <= 0n)) throw new Unreadable("x509: zero or negative DSA parameter");
  return {};
}
