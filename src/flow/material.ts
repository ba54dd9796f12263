import type { Issuance, Layout, MaterialRead } from "../core/evidence.ts";
import { mapSeen, type Seen, sawAt, seenValue, unseen } from "../core/seen.ts";
import type { KubeObject, PublicSecret } from "../ports/cluster.ts";
import type { LookPorts } from "./find.ts";
import { certificateFor, issuedAt, newestRequest, readIssuance, readRequest, readSecret } from "./read/material.ts";

interface Issued {
  readonly seen: Seen<Issuance>;
  readonly request: KubeObject | undefined;
}

/** Certificate and CertificateRequest of the Secret, when cert-manager is there. */
async function issuance({ cluster }: LookPorts, layout: Layout): Promise<Issued> {
  const [certificates, requests] = await Promise.all([
    cluster.certificates(layout.namespace),
    cluster.certificateRequests(layout.namespace),
  ]);
  if (!certificates.seen) return { seen: certificates, request: undefined };
  const certificate = certificateFor(certificates.value, layout.secretName);
  if (certificate === undefined)
    return { seen: unseen("NotFound", `no Certificate fills Secret ${layout.secretName}`), request: undefined };
  return {
    seen: sawAt(readIssuance(certificate), certificates.at),
    request: newestRequest(seenValue(requests) ?? [], certificate.metadata.name),
  };
}

/** An issuing time is nearer to the write than managedFields, which a label sync moves. */
function withIssueTime(read: MaterialRead, request: KubeObject | undefined): MaterialRead {
  const issued = request === undefined ? undefined : readRequest(request);
  if (!read.usable || !issued?.usable || request === undefined) return read;
  const same = issued.material.certificates.leaf.fingerprint === read.material.certificates.leaf.fingerprint;
  return same
    ? { usable: true, material: { ...read.material, writtenAt: Math.min(read.material.writtenAt, issuedAt(request)) } }
    : read;
}

/** Only a Secret that cert-manager fills, or one that we could not read, has anything to tell through cert-manager. */
async function issued(looking: LookPorts, layout: Layout, secret: Seen<PublicSecret>): Promise<Issued> {
  const managed = !secret.seen || secret.value.metadata.annotations?.["cert-manager.io/certificate-name"] !== undefined;
  if (managed) return issuance(looking, layout);
  return { seen: unseen("NotAsked", "the Secret is not filled by cert-manager"), request: undefined };
}

export interface MaterialLooked {
  readonly material: Seen<MaterialRead>;
  readonly issuance: Issued["seen"];
}

/** The public half of the Secret, else what its newest CertificateRequest shows. */
export async function lookAtMaterial(looking: LookPorts, layout: Layout, readIt: boolean): Promise<MaterialLooked> {
  const secret = readIt
    ? await looking.cluster.secret(layout.namespace, layout.secretName)
    : unseen("Withheld", "reading Secrets is switched off");
  const { seen, request } = await issued(looking, layout, secret);
  if (secret.seen) return { material: mapSeen(secret, (s) => withIssueTime(readSecret(s), request)), issuance: seen };
  if (request !== undefined) return { material: sawAt(readRequest(request), looking.clock.now()), issuance: seen };
  if (secret.reason !== "NotFound") return { material: secret, issuance: seen };
  const missing: MaterialRead = {
    usable: false,
    code: "SecretMissing",
    detail: "it does not exist. Let its issuer create it again; restart nothing before.",
  };
  return { material: sawAt(missing, looking.clock.now()), issuance: seen };
}
