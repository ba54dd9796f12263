/** The curves that Go has, as y² = x³ - 3x + b over the integers modulo p (FIPS 186-4, D.1.2). */
interface Curve {
  readonly name: string;
  /** Octets of a coordinate. */
  readonly size: number;
  readonly p: bigint;
  readonly b: bigint;
  /** How Go calls a coordinate in its texts. */
  readonly element: string;
}

const CURVES: Readonly<Record<string, Curve>> = {
  "1.3.132.0.33": {
    name: "P224",
    size: 28,
    p: 2n ** 224n - 2n ** 96n + 1n,
    b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
    element: "P224Element",
  },
  "1.2.840.10045.3.1.7": {
    name: "P256",
    size: 32,
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    element: "P256 element",
  },
  "1.3.132.0.34": {
    name: "P384",
    size: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    element: "P384Element",
  },
  "1.3.132.0.35": {
    name: "P521",
    size: 66,
    p: 2n ** 521n - 1n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    element: "P521Element",
  },
};

/** First octet of a point that is not compressed, the only form that Go takes. */
const UNCOMPRESSED = 4;

const coordinate = (octets: Buffer): bigint => BigInt(`0x${octets.toString("hex")}`);

/** Go's text when these octets are no point of the curve (crypto/ecdsa ParseUncompressedPublicKey), else undefined. */
export function pointProblem(oid: string, point: Buffer): string | undefined {
  const curve = CURVES[oid];
  if (curve === undefined) return "x509: unsupported elliptic curve";
  if (point[0] !== UNCOMPRESSED) return "ecdsa: invalid uncompressed public key";
  const { name, size, p, element } = curve;
  if (point.length !== 1 + 2 * size) return `invalid ${name} point encoding`;
  const [x, y] = [coordinate(point.subarray(1, 1 + size)), coordinate(point.subarray(1 + size))];
  if (x >= p || y >= p) return `invalid ${element} encoding`;
  return (x ** 3n - 3n * x + curve.b - y ** 2n) % p === 0n ? undefined : `${name} point not on curve`;
}
