import type { KeyAlgorithm } from "../../../src/sandbox/pki/key.ts";
import { ask, ca, DATES, DAY, key, leaf, NOW, type OracleCase } from "./case.ts";

const ISSUER = { cn: "KEDA", o: "KEDAORG" } as const;
const EXPIRED = { notBefore: NOW - 400 * DAY, notAfter: NOW - DAY } as const;
const RENEWED = { notBefore: NOW - DAY, notAfter: NOW + 90 * DAY } as const;

/** Every way a rotation leaves the two sides, by the letters of docs/facts (one set for each kind of key). */
export const rotations = (algorithm: KeyAlgorithm): OracleCase[] =>
  [...selfSigned(algorithm), ...selfSignedCa(algorithm), ...issued(algorithm), ...unfitParents(algorithm)].map(
    (one) => ({
      ...one,
      name: `${algorithm} ${one.name}`,
    }),
  );

function selfSigned(algorithm: KeyAlgorithm): OracleCase[] {
  const [first, second] = [key("first", algorithm), key("second", algorithm)];
  const old = leaf({ key: first });
  const nameless = { subject: {}, dnsNames: ["keda-operator"] };
  const unnamed = leaf({ key: first, ...nameless, serial: 1014 });
  return [
    ask("A0: self-signed, the pool holds that very certificate", old, [old]),
    ask("A: self-signed, renewed with a new key", leaf({ key: second }), [old]),
    ask("B: self-signed, renewed with the same key", leaf({ key: first, ...RENEWED }), [old]),
    ask("B2: self-signed, same key, other names", leaf({ key: first, dnsNames: ["keda-operator"] }), [old], {
      dnsName: "",
    }),
    ask("D3: self-signed without a subject, new key", leaf({ key: second, ...nameless }), [unnamed], { dnsName: "" }),
  ];
}

function selfSignedCa(algorithm: KeyAlgorithm): OracleCase[] {
  const [first, second] = [key("first", algorithm), key("second", algorithm)];
  const shape = { ca: true, keyUsage: ["digitalSignature", "certSign"] } as const;
  const old = leaf({ key: first, ...shape });
  return [
    ask("C: self-signed CA:TRUE leaf, new key", leaf({ key: second, ...shape }), [old]),
    ask("D: self-signed CA:TRUE leaf, same key", leaf({ key: first, ...shape, ...RENEWED }), [old]),
    ask("D2: as D, other names", leaf({ key: first, ...shape, dnsNames: ["keda-operator"] }), [old], { dnsName: "" }),
  ];
}

function issued(algorithm: KeyAlgorithm): OracleCase[] {
  const [first, second] = [key("first", algorithm), key("second", algorithm)];
  const old = ca({ key: first, subject: ISSUER });
  const rekeyed = ca({ key: second, subject: ISSUER });
  const renewed = ca({ key: first, subject: ISSUER, ...RENEWED });
  const expired = ca({ key: first, subject: ISSUER, ...EXPIRED });
  const renamed = ca({ key: second, subject: { cn: "other" } });
  const sameName = ca({ key: second, subject: { cn: "keda-operator" } });
  const [oldLeaf, newLeaf] = [leaf({ issuer: old }), leaf({ issuer: rekeyed })];
  return [
    ask("E0: only the leaf was rotated", leaf({ issuer: old, key: key("other leaf") }), [old]),
    ask("E: CA with a new key under the same name", newLeaf, [old]),
    ask("E backwards", oldLeaf, [rekeyed]),
    ask("F: CA renewed with the same key", leaf({ issuer: renewed }), [old]),
    ask("F': as F, old leaf and new CA", oldLeaf, [renewed]),
    ask("F2: as F, but the old CA in the pool has expired", leaf({ issuer: renewed }), [expired]),
    ask("F4: as F2, the old leaf", leaf({ issuer: expired }), [expired]),
    ask("F2 with the renewed CA in the pool, too", leaf({ issuer: renewed }), [expired, renewed]),
    ask("G: CA with a new name and a new key", leaf({ issuer: renamed }), [old]),
    ask("G2: the pool is the union, new leaf", newLeaf, [old, rekeyed]),
    ask("G3: the pool is the union, old leaf", oldLeaf, [old, rekeyed]),
    ask("G5: the pool holds the old leaf, which has the CA's name", leaf({ issuer: sameName }), [
      leaf({ issuer: sameName }),
    ]),
    ask("G7: the pool holds exactly the issued leaf", newLeaf, [newLeaf]),
  ];
}

function unfitParents(algorithm: KeyAlgorithm): OracleCase[] {
  const first = key("first", algorithm);
  const under = (name: string, parent: ReturnType<typeof ca>): OracleCase =>
    ask(name, leaf({ issuer: parent }), [parent]);
  return [
    under("H: parent of version 3 without basicConstraints", ca({ key: first, ca: undefined })),
    under("I: CA:TRUE without certSign", ca({ key: first, keyUsage: ["digitalSignature"] })),
    under("I3: CA:FALSE with certSign", ca({ key: first, ca: false })),
    under("CA without keyUsage", ca({ key: first, keyUsage: [], ...DATES })),
    under("parent of version 1", ca({ key: first, version: 1 })),
  ];
}

/** Hint h3: the CA got a key of another type. */
export function retypings(): OracleCase[] {
  const types = ["RSA", "ECDSA", "Ed25519"] as const;
  return types.flatMap((from) =>
    types
      .filter((to) => to !== from)
      .map((to) => {
        const [old, next] = [ca({ key: key("first", from) }), ca({ key: key("second", to) })];
        return ask(`C': CA key changed from ${from} to ${to}`, leaf({ issuer: next }), [old]);
      }),
  );
}
