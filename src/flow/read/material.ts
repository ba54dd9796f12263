import { readCertificates } from "../../core/certificate/certificate.ts";
import { generationOf } from "../../core/certificate/rotation.ts";
import type { Issuance, Material, MaterialRead } from "../../core/evidence.ts";
import { type Seen, unseen } from "../../core/seen.ts";
import type { KubeObject, ObjectMeta, PublicSecret } from "../../ports/cluster.ts";
import { asArray, asInstant, asObject, asString, at, type Json } from "./json.ts";
import { madeByServiceCa } from "./serviceCa.ts";

const problem = (code: Extract<MaterialRead, { usable: false }>["code"], detail: string): MaterialRead => ({
  usable: false,
  code,
  detail,
});

interface Parts {
  readonly from: Material["from"];
  readonly leafPem: string | undefined;
  readonly caPem: string | undefined;
  /** When it was written, where the API tells. */
  readonly writtenAt: number | undefined;
  /** When the object was created: it cannot have been written earlier. */
  readonly createdAt: number;
  readonly keyFits: Seen<boolean>;
  readonly writers: readonly string[];
  readonly serviceCa?: string;
}

const noCa = ({ serviceCa }: Parts): string =>
  serviceCa === undefined
    ? "it has no ca.crt, and KEDA needs one: an issuer that gives none (ACME, some external ones) does not fit KEDA."
    : `it has no ca.crt, and KEDA needs one: OpenShift's service-ca made it for Service ${serviceCa} and takes out whatever else is written into it. Take the annotation serving-cert-secret-name off that Service, delete the Secret, and let KEDA or cert-manager make it again.`;

function assemble(parts: Parts): MaterialRead {
  if (!parts.leafPem)
    return problem(
      "SecretIncomplete",
      "it has no tls.crt. Have the certificate issued again before anything restarts.",
    );
  if (!parts.caPem) return problem("SecretIncomplete", noCa(parts));
  const leaf = readCertificates(parts.leafPem);
  const ca = readCertificates(parts.caPem);
  if (!leaf.ok) return problem("SecretUnreadable", `tls.crt cannot be read: ${leaf.problem}`);
  if (!ca.ok) return problem("SecretUnreadable", `ca.crt cannot be read: ${ca.problem}`);
  const [first, ...intermediates] = leaf.certificates;
  if (first === undefined || ca.certificates.length === 0)
    return problem("SecretUnreadable", "tls.crt or ca.crt holds no certificate.");
  const certificates = { leaf: first, intermediates, ca: ca.certificates };
  const { from, createdAt, keyFits, writers, serviceCa } = parts;
  return {
    usable: true,
    material: {
      from,
      generation: generationOf(leaf.certificates, ca.certificates),
      certificates,
      // Where the API does not tell: nothing is written before it exists, and no issuer dates into the future.
      writtenAt: parts.writtenAt ?? Math.max(createdAt, first.notBefore),
      keyFits,
      writers,
      ...(serviceCa === undefined ? {} : { serviceCa }),
    },
  };
}

const ownsData = (fields: unknown): boolean =>
  Object.keys(asObject(at(fields, "f:data"))).some((key) => key === "f:tls.crt" || key === "f:ca.crt");

/** Managers that own the certificate keys, newest first, with the time of their last change. */
function dataWriters(metadata: ObjectMeta): readonly { manager: string; at: number | undefined }[] {
  return (metadata.managedFields ?? [])
    .filter((entry) => ownsData(entry.fieldsV1))
    .map((entry) => ({ manager: entry.manager ?? "unknown", at: asInstant(entry.time) }))
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
}

const lacksKey = ({ keys, keyFits }: PublicSecret): boolean =>
  !keyFits.seen && keyFits.reason === "NotFound" && !keys.includes("tls.key");

/** The Secret as the edge hands it out: public keys only. */
export function readSecret(secret: PublicSecret): MaterialRead {
  const writers = dataWriters(secret.metadata);
  const serviceCa = madeByServiceCa(secret.metadata);
  if (lacksKey(secret) && secret.tlsCrt)
    return problem(
      "SecretIncomplete",
      "it has no tls.key: any component that restarts now would not start. Have the certificate issued again first.",
    );
  return assemble({
    from: "Secret",
    leafPem: secret.tlsCrt,
    caPem: secret.caCrt,
    writtenAt: writers[0]?.at,
    createdAt: asInstant(secret.metadata.creationTimestamp) ?? 0,
    keyFits: secret.keyFits,
    writers: writers.map((w) => w.manager),
    ...(serviceCa === undefined ? {} : { serviceCa }),
  });
}

const conditionOf = (object: KubeObject, type: string): Json =>
  asArray(at(object.status, "conditions"))
    .map(asObject)
    .find((c) => c["type"] === type) ?? {};

/** The Certificate that fills the Secret. */
export const certificateFor = (certificates: readonly KubeObject[], secretName: string): KubeObject | undefined =>
  certificates.find((c) => at(c.spec, "secretName") === secretName);

export function readIssuance(certificate: KubeObject): Issuance {
  const ready = conditionOf(certificate, "Ready");
  return {
    certificate: `${certificate.metadata.namespace}/${certificate.metadata.name}`,
    issuing: conditionOf(certificate, "Issuing")["status"] === "True",
    ready: ready["status"] === "True",
    message: (asString(ready["message"]) ?? "").slice(0, 300),
  };
}

const revision = (request: KubeObject): number =>
  Number(request.metadata.annotations?.["cert-manager.io/certificate-revision"] ?? 0);

/** The newest CertificateRequest of a Certificate that was signed: public data only, so the Secret need not be read. */
export function newestRequest(requests: readonly KubeObject[], certificate: string): KubeObject | undefined {
  return requests
    .filter((r) => r.metadata.annotations?.["cert-manager.io/certificate-name"] === certificate)
    .filter((r) => conditionOf(r, "Ready")["status"] === "True")
    .sort((a, b) => revision(b) - revision(a))[0];
}

export const issuedAt = (request: KubeObject): number =>
  asInstant(conditionOf(request, "Ready")["lastTransitionTime"]) ?? asInstant(request.metadata.creationTimestamp) ?? 0;

const decoded = (value: unknown): string | undefined => {
  const text = asString(value);
  return text === undefined ? undefined : Buffer.from(text, "base64").toString("utf8");
};

export function readRequest(request: KubeObject): MaterialRead {
  return assemble({
    from: "CertificateRequest",
    leafPem: decoded(at(request.status, "certificate")),
    caPem: decoded(at(request.status, "ca")),
    writtenAt: issuedAt(request),
    createdAt: asInstant(request.metadata.creationTimestamp) ?? 0,
    keyFits: unseen("Withheld", "the Secret was not read, its CertificateRequest was"),
    writers: ["cert-manager"],
  });
}
