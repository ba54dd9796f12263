import { type Verification, verifyCertificate } from "../certificate/verify.ts";
import type { Material, MaterialRead } from "../evidence.ts";
import { formatInstant } from "../instant.ts";
import { type Answer, type Case, type CheckFamily, pass, type Reason, skipped, stop, unknown } from "./check.ts";

const refuse = (code: string, sentence: string): Answer => stop({ code, disposition: "incurable" }, sentence);

function secretReadable(c: Case): Answer {
  const { material } = c.evidence;
  const name = `${c.layout?.namespace}/${c.layout?.secretName}`;
  if (!material.seen) {
    const sentence = `The public half of Secret ${name} could not be read (${material.detail}), so nothing can be compared with it.`;
    // No answer is none: it is asked again before a person is.
    if (material.reason === "Unreachable" || material.reason === "Timeout")
      return stop({ code: "CouldNotLook", disposition: "blind" }, sentence);
    const symptoms = c.hopB.tlsFailing.length + c.symptoms.timeout.length;
    return symptoms > 0 ? stop({ code: "MaterialUnseen", disposition: "unknown" }, sentence) : unknown(sentence);
  }
  const read: MaterialRead = material.value;
  if (!read.usable) return refuse(read.code, `Secret ${name}: ${read.detail}`);
  const m = read.material;
  const before = c.evidence.history[0]?.generation.slice(0, 12);
  const replaced = before === undefined ? "" : `, which replaced ${before}`;
  return pass(
    `Secret ${name} holds generation ${m.generation.slice(0, 12)}${replaced}, written ${formatInstant(m.writtenAt)} (seen through the ${m.from}).`,
  );
}

const failureCodes: Readonly<Record<string, string>> = {
  NotYetValid: "SecretNotYetValid",
  HostnameMismatch: "SecretNameMismatch",
  IncompatibleUsage: "SecretUsageWrong",
};

function codeOf(verified: Extract<Verification, { ok: false }>): string {
  if (verified.failure === "Expired") return verified.about === "ca" ? "SecretCaExpired" : "SecretLeafExpired";
  return failureCodes[verified.failure] ?? "SecretLeafNotSignedByCa";
}

const sentences: Readonly<Record<string, string>> = {
  SecretLeafExpired: "its tls.crt has expired: have it issued again (cmctl renew) first",
  SecretCaExpired: "its ca.crt has expired: renew the CA and then the leaf first",
  SecretNotYetValid: "its certificate is not valid yet: check the clocks of the nodes and of the issuer",
  SecretNameMismatch:
    "its tls.crt does not carry the name that the metrics-apiserver dials: fix dnsNames of the Certificate",
  SecretUsageWrong:
    "its tls.crt or CA does not allow both server and client authentication: fix the usages of the Certificate",
  SecretLeafNotSignedByCa: "its tls.crt is not signed by its own ca.crt: have the leaf issued again by the present CA",
};

function verifyOwn(c: Case, material: Material): Extract<Verification, { ok: false }> | undefined {
  const { leaf, intermediates, ca } = material.certificates;
  const dnsName = c.layout?.dialName ?? "";
  for (const usage of ["serverAuth", "clientAuth"] as const) {
    const verified = verifyCertificate(leaf, ca, { now: c.now, usage, intermediates, dnsName });
    if (!verified.ok) return verified;
  }
  return undefined;
}

function pairConsistent(c: Case): Answer {
  if (c.material === undefined) return skipped("The Secret's certificates were not seen.");
  const failed = verifyOwn(c, c.material);
  if (failed === undefined)
    return pass("The Secret's tls.crt verifies against its own ca.crt by Go's rules: in date, names and usages fit.");
  const code = codeOf(failed);
  return refuse(
    code,
    `Secret ${c.layout?.secretName} as it stands now is not usable: ${sentences[code]} (${failed.text}). A restart would turn a limping pair into a dead one.`,
  );
}

function keyFits(c: Case): Answer {
  if (c.material === undefined) return skipped("The Secret's certificates were not seen.");
  const { keyFits: fits } = c.material;
  if (!fits.seen) return unknown(`Whether tls.key belongs to tls.crt was not read (${fits.detail}).`);
  if (fits.value) return pass("tls.key belongs to tls.crt.");
  return refuse(
    "SecretKeyMismatch",
    `Secret ${c.layout?.secretName}: tls.key does not belong to tls.crt ("tls: private key does not match public key"): any restarted component would crash-loop. Have the pair issued again.`,
  );
}

const goVerify =
  "Go crypto/x509 verify.go, as KEDA's gRPC client and server apply it (KEDA pkg/metricsservice/utils/tls.go)";

const inconsistent = (symptom: string, proof: string, cure: string): Reason => ({
  disposition: "incurable",
  symptom,
  proof,
  cure,
  whatWeDo:
    "Refuse: every process that restarts now would load what cannot work. When the Secret is repaired, we go on by ourselves.",
});

/** 1. Is the material usable as it stands now? */
export const material: CheckFamily = {
  checks: [
    {
      name: "SecretReadable",
      source: "the Secret's public keys, else the newest CertificateRequest of its Certificate",
      run: secretReadable,
    },
    { name: "SecretPairConsistent", source: goVerify, run: pairConsistent },
    {
      name: "SecretKeyFits",
      source: "Go crypto/tls X509KeyPair: both components load the pair with it at start",
      run: keyFits,
    },
  ],
  reasons: {
    MaterialUnseen: {
      disposition: "unknown",
      symptom: "HPAs fail, and the public certificates of KEDA's Secret could not be read.",
      proof: "The API server refused the Secret, and no CertificateRequest of cert-manager shows them.",
      cure: "Grant get on the one Secret, or list on certificaterequests in KEDA's namespace.",
      whatWeDo: "Tell a person: without the present certificates nobody can say who is stale.",
    },
    SecretMissing: inconsistent(
      "KEDA's Secret does not exist.",
      "404 on the Secret that both Deployments mount.",
      "Let cert-manager or KEDA's operator create it again; do not restart anything before.",
    ),
    SecretIncomplete: inconsistent(
      "KEDA's Secret lacks ca.crt, tls.crt or tls.key.",
      "The keys of the Secret.",
      "Have the certificate issued again; an ACME or external issuer that gives no ca.crt does not fit KEDA.",
    ),
    SecretUnreadable: inconsistent(
      "A certificate in KEDA's Secret is no readable PEM.",
      "Parsing ca.crt and tls.crt.",
      "Repair the Secret, best by having it issued again.",
    ),
    SecretLeafExpired: inconsistent(
      "The leaf in the Secret has expired.",
      "notAfter of tls.crt.",
      "Find out why it is not renewed (Certificate status), then `cmctl renew`.",
    ),
    SecretCaExpired: inconsistent(
      "The CA in the Secret has expired.",
      "notAfter of ca.crt.",
      "Renew the CA, then the leaf.",
    ),
    SecretNotYetValid: inconsistent(
      "The Secret's certificate is not valid yet.",
      "notBefore is in the future.",
      "Check clocks; usually seconds after issuing.",
    ),
    SecretNameMismatch: inconsistent(
      "The leaf does not carry the name that is dialled on hop B.",
      "Subject alternative names against --metrics-service-address.",
      "Fix dnsNames, clusterDomain or the operator's Service name.",
    ),
    SecretUsageWrong: inconsistent(
      "Extended key usage does not allow server and client authentication.",
      "EKU of leaf and CA.",
      "Add `server auth` and `client auth` to the Certificate's usages.",
    ),
    SecretLeafNotSignedByCa: inconsistent(
      "The leaf is not signed by the ca.crt beside it.",
      "Signature check by Go's rules.",
      "Have the leaf issued again by the present CA (`cmctl renew`).",
    ),
    SecretKeyMismatch: inconsistent(
      "tls.key belongs to another certificate.",
      "Comparing the key with tls.crt; `tls: private key does not match public key` in a crash loop.",
      "Have the pair issued again.",
    ),
  },
};
