import type { KeyUsage } from "./extension.ts";
import { type MintedKey, mintKey } from "./key.ts";
import { type Issuer, type MintedCertificate, mintCertificate, type Subject } from "./mint.ts";

/** What KEDA mounts from Secret `kedaorg-certs`, with the certificates it was made of. */
export interface MintedPair {
  readonly caCrt: string;
  readonly tlsCrt: string;
  readonly tlsKey: string;
  readonly ca: MintedCertificate;
  readonly leaf: MintedCertificate;
}

export interface PairRequest {
  /** Default `keda`. */
  readonly namespace?: string;
  /** Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Epoch milliseconds; of the leaf, and of a CA minted along with it unless `caNotAfter` is given. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly caNotAfter?: number;
  /** Default: a fresh RSA 2048 key. Pass the old one for a renewal that keeps its key. */
  readonly key?: MintedKey;
  /** Key of the CA minted along. Default: a fresh RSA 2048 key. */
  readonly caKey?: MintedKey;
  /** Sign by this CA and mint none: only the leaf is renewed. */
  readonly issuer?: MintedCertificate;
  readonly serial?: number | bigint;
  /** Default: every name of `kedaNames`. */
  readonly dnsNames?: readonly string[];
  /** `mintSelfSignedPair` only: the issuer's `isCA: true`. */
  readonly isCa?: boolean;
}

const SERVICES = ["keda-operator", "keda-operator-metrics-apiserver", "keda-admission-webhooks"];

/** SANs of the KEDA chart's Certificate `keda-operator-tls-certificates`. */
export const kedaNames = (namespace = "keda", clusterDomain = "cluster.local"): string[] =>
  SERVICES.flatMap((service) => [
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.${clusterDomain}`,
  ]);

/** As cert-manager's SelfSigned issuer makes it: one certificate is both tls.crt and ca.crt, and no CA unless asked. */
export function mintSelfSignedPair(request: PairRequest): MintedPair {
  const ca = request.isCa ?? false;
  const leaf = mintLeaf(request, { subject: { cn: "keda-operator" }, ca });
  return pairOf(leaf, leaf);
}

/** As KEDA's chart with cert-manager makes it: CA and leaf have the same common name `keda-operator`. */
export function mintChartPair(request: PairRequest): MintedPair {
  return mintIssuedPair(request, { cn: "keda-operator" }, { cn: "keda-operator" });
}

/** As KEDA's own certificate rotation (cert-controller) makes it: CA `KEDA` of `KEDAORG`, leaf named by the operator's Service. */
export function mintKedaRotatorPair(request: PairRequest): MintedPair {
  return mintIssuedPair(
    request,
    { cn: "KEDA", o: "KEDAORG" },
    { cn: `keda-operator.${request.namespace ?? "keda"}.svc` },
  );
}

function mintIssuedPair(request: PairRequest, caSubject: Subject, leafSubject: Subject): MintedPair {
  const ca = request.issuer ?? mintCa(request, caSubject);
  return pairOf(ca, mintLeaf(request, { subject: leafSubject, ca: false, issuer: ca }));
}

function mintCa(request: PairRequest, subject: Subject): MintedCertificate {
  return mintCertificate({
    subject,
    key: request.caKey ?? mintKey("RSA"),
    ca: true,
    keyUsage: ["digitalSignature", "keyEncipherment", "certSign"],
    notBefore: request.notBefore,
    notAfter: request.caNotAfter ?? request.notAfter,
  });
}

interface LeafShape {
  readonly subject: Subject;
  readonly ca: boolean;
  readonly issuer?: Issuer;
}

function mintLeaf(request: PairRequest, shape: LeafShape): MintedCertificate {
  const usages: readonly KeyUsage[] = ["digitalSignature", "keyEncipherment"];
  return mintCertificate({
    ...shape,
    key: request.key ?? mintKey("RSA"),
    keyUsage: shape.ca ? [...usages, "certSign"] : usages,
    extendedKeyUsage: ["serverAuth", "clientAuth"],
    dnsNames: request.dnsNames ?? kedaNames(request.namespace, request.clusterDomain),
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    ...(request.serial === undefined ? {} : { serial: request.serial }),
  });
}

const pairOf = (ca: MintedCertificate, leaf: MintedCertificate): MintedPair => ({
  caCrt: ca.certificate,
  tlsCrt: leaf.certificate,
  tlsKey: leaf.keyPem,
  ca,
  leaf,
});
