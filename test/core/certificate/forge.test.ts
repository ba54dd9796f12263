import { describe, expect, test } from "@jest/globals";
import forge from "node-forge";
import { type Certificate, readCertificates } from "../../../src/core/certificate/certificate.ts";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../../src/sandbox/pki/mint.ts";

/** node-forge as a second, independent reader. It cannot read the keys of EC and Ed25519, but its ASN.1 can be walked. */
const at = Date.UTC(2026, 10, 24, 12, 0, 0);
const options = {
  subject: { cn: "keda-operator", o: "KEDAORG" },
  ca: true,
  pathLength: 1,
  keyUsage: ["digitalSignature", "certSign"],
  extendedKeyUsage: ["serverAuth", "clientAuth"],
  dnsNames: ["keda-operator.keda.svc", "keda-operator.keda.svc.cluster.local"],
  ipAddresses: ["10.1.2.3"],
  notBefore: at,
  notAfter: at + 86_400_000,
} as const;

function read(pem: string): Certificate {
  const answer = readCertificates(pem);
  if (!answer.ok || answer.certificates[0] === undefined) throw new Error("unreadable");
  return answer.certificates[0];
}

/** Extension values by OID, by forge's own ASN.1 reader. */
function extensions(pem: string): ReadonlyMap<string, string> {
  const der = forge.pem.decode(pem)[0]?.body ?? "";
  const found = new Map<string, string>();
  const walk = (node: forge.asn1.Asn1): void => {
    const children = Array.isArray(node.value) ? (node.value as forge.asn1.Asn1[]) : [];
    const [oid, ...rest] = children;
    if (oid?.type === forge.asn1.Type.OID && rest.at(-1)?.type === forge.asn1.Type.OCTETSTRING) {
      const octets = rest.at(-1)?.value;
      found.set(
        forge.asn1.derToOid(String(oid.value)),
        typeof octets === "string"
          ? forge.util.bytesToHex(octets)
          : forge.asn1.toDer((octets as forge.asn1.Asn1[])[0] as forge.asn1.Asn1).toHex(),
      );
    }
    children.forEach(walk);
  };
  walk(forge.asn1.fromDer(der));
  return found;
}

describe("what node-forge reads is what we read", () => {
  test("of an RSA certificate: dates, serial, names, usages, constraints", () => {
    const pem = mintCertificate({ ...options, key: pooledKey("RSA", "forge"), serial: 4711n }).certificate;
    const theirs = forge.pki.certificateFromPem(pem);
    const ours = read(pem);
    expect(ours.notBefore).toBe(theirs.validity.notBefore.getTime());
    expect(ours.notAfter).toBe(theirs.validity.notAfter.getTime());
    expect(BigInt(ours.serialNumber)).toBe(BigInt(`0x${theirs.serialNumber}`));
    expect(ours.displayName).toBe(theirs.subject.getField("CN").value);
    expect(ours.basicConstraints).toEqual({ ca: true, pathLength: 1 });
    expect(theirs.getExtension("basicConstraints")).toMatchObject({ cA: true, pathLenConstraint: 1 });
    expect(theirs.getExtension("keyUsage")).toMatchObject({
      digitalSignature: true,
      keyCertSign: true,
      cRLSign: false,
    });
    expect([...(ours.keyUsage ?? [])].sort()).toEqual(["certSign", "digitalSignature"]);
    expect(theirs.getExtension("extKeyUsage")).toMatchObject({ serverAuth: true, clientAuth: true });
    expect(ours.extendedKeyUsage).toEqual(["serverAuth", "clientAuth"]);
    const names = (
      theirs.getExtension("subjectAltName") as { altNames: { type: number; value: string; ip?: string }[] }
    ).altNames;
    expect(ours.dnsNames).toEqual(names.filter((n) => n.type === 2).map((n) => n.value));
    expect(ours.ipAddresses).toEqual(names.filter((n) => n.type === 7).map((n) => n.ip));
  });

  test.each(["RSA", "ECDSA", "Ed25519"] as const)(
    "of a %s certificate: the subject alternative name and the key ids, octet by octet",
    (algorithm) => {
      const pem = mintCertificate({ ...options, key: pooledKey(algorithm, "forge") }).certificate;
      const theirs = extensions(pem);
      const ours = read(pem);
      expect(ours.subjectAltName).toBe(theirs.get("2.5.29.17"));
      expect(theirs.get("2.5.29.14")).toContain(String(ours.subjectKeyId).toLowerCase().replaceAll(":", ""));
    },
  );
});
