import type { MaterialRead } from "../../../src/core/evidence.ts";
import { days, minutes } from "../../../src/core/instant.ts";
import { sawAt } from "../../../src/core/seen.ts";
import { kedaNames } from "../../../src/sandbox/pki/keda.ts";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../../src/sandbox/pki/mint.ts";
import { chart, mixedPair, nextLeaf, type Pair, pairOf, selfSigned, serverOnly } from "../../builders/certificates.ts";
import { type Changes, formerPair, presentPair, rotatedAt, tlsFailing } from "../../builders/evidence.ts";
import { ago, NOW } from "../../builders/time.ts";
import { type Cause, doomed, limping, refuse, spoiled, type Variant } from "../variant.ts";
import { noHint, timedOut } from "../words.ts";

interface Spoiling {
  readonly id: string;
  readonly title: string;
  readonly code: string;
  /** The one fact that spoils the Secret. */
  readonly spoils: Pick<Changes, "secret"> | Pick<Changes, "keyFits">;
  readonly ground: string;
  readonly more?: readonly Variant[];
}

const variantsOf = ({ code, spoils, ground }: Spoiling): readonly Variant[] => {
  const variant = (name: string, more: Partial<Variant> & Pick<Variant, "start">): Variant => ({
    name,
    expected: refuse(code),
    ground,
    ...more,
    facts: { ...spoils, ...more.facts },
  });
  return [
    variant("while the metrics-apiserver is stale", {
      start: "incident",
      facts: {},
      truth: limping("metrics-apiserver"),
    }),
    variant("while the operator is stale", { start: "operatorStale", facts: {}, truth: limping("operator") }),
    variant("while everything works on the pair of before", {
      start: "healthy",
      facts: { writtenAt: rotatedAt, before: [formerPair], operatorPresents: formerPair },
      truth: doomed,
    }),
    variant("the probe timed out", {
      start: "incident",
      facts: { operatorPresents: timedOut },
      truth: limping("metrics-apiserver"),
      unseen: "the probe",
    }),
    variant("no history, and another text in the log", {
      start: "incident",
      facts: { before: [], log: tlsFailing(noHint) },
      truth: limping("metrics-apiserver"),
      unseen: "no history",
    }),
  ];
};

function spoiledSecret(spoiling: Spoiling): Cause {
  const variants = [...variantsOf(spoiling), ...(spoiling.more ?? [])];
  const [one] = variants;
  if (one === undefined) throw new Error("a cause has variants");
  const fact = "secret" in spoiling.spoils ? "secret" : "keyFits";
  return { id: spoiling.id, title: spoiling.title, variants, pair: spoiled(one, fact) };
}

const read = (code: "SecretMissing" | "SecretIncomplete" | "SecretUnreadable", detail: string): MaterialRead => ({
  usable: false,
  code,
  detail,
});

const during = (name: string, secret: Pair, code: string, ground: string): Variant => ({
  name,
  start: "incident",
  facts: { secret },
  expected: refuse(code),
  ground,
  truth: limping("metrics-apiserver"),
});

/** A CA certificate whose basic constraints say that it is none, and the leaf that it signed all the same. */
function signedByNoCa(): Pair {
  const dates = { notBefore: NOW - days(30), notAfter: NOW + days(300) };
  const ca = mintCertificate({
    subject: { cn: "keda-operator-issuer" },
    key: pooledKey("ECDSA", "ca/no-ca"),
    ca: false,
    keyUsage: ["digitalSignature"],
    ...dates,
  });
  const leaf = mintCertificate({
    subject: { cn: "keda-operator" },
    key: pooledKey("ECDSA", "leaf/no-ca"),
    ca: false,
    issuer: ca,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    extendedKeyUsage: ["serverAuth", "clientAuth"],
    dnsNames: kedaNames(),
    ...dates,
  });
  return pairOf({ caCrt: ca.certificate, tlsCrt: leaf.certificate, tlsKey: leaf.keyPem, ca, leaf });
}

const halves = chart("corpus-half");
const otherHalf = chart("corpus-other-half");
const expiredCaLeaf = chart("corpus-ca-over", { caNotAfter: ago(days(1)) });
const over = { notBefore: ago(days(400)), notAfter: ago(days(1)) };

export const secretCauses: readonly Cause[] = [
  spoiledSecret({
    id: "secret-mixed-generations",
    title: "The Secret's leaf is not signed by the ca.crt beside it",
    code: "SecretLeafNotSignedByCa",
    spoils: { secret: mixedPair(presentPair, formerPair) },
    ground: "oracle M9 and M10: after a restart of both S! for ever; measured with KEDA 2.13.1",
    more: [
      during("only ca.crt is new", mixedPair(otherHalf, halves), "SecretLeafNotSignedByCa", "oracle M9"),
      during("only tls.crt is new", mixedPair(halves, otherHalf), "SecretLeafNotSignedByCa", "oracle M10"),
    ],
  }),
  spoiledSecret({
    id: "secret-key-mismatch",
    title: "The Secret's key belongs to another certificate",
    code: "SecretKeyMismatch",
    spoils: { keyFits: sawAt(false, NOW) },
    ground: "crypto/tls X509KeyPair; measured with KEDA 2.13.1: the operator crash-loops, 5 restarts in 80 s",
  }),
  spoiledSecret({
    id: "secret-missing",
    title: "The Secret does not exist",
    code: "SecretMissing",
    spoils: { secret: read("SecretMissing", "it does not exist") },
    ground: "charts#849: MountVolume.SetUp failed, secret not found; running Pods keep their files",
  }),
  spoiledSecret({
    id: "secret-incomplete",
    title: "The Secret lacks a key",
    code: "SecretIncomplete",
    spoils: { secret: read("SecretIncomplete", "ca.crt is empty") },
    ground: "keda#4388: open /certs/ca.crt: no such file or directory, 2-4 crash loops",
  }),
  spoiledSecret({
    id: "secret-unreadable",
    title: "A certificate in the Secret cannot be read",
    code: "SecretUnreadable",
    spoils: { secret: read("SecretUnreadable", "tls.crt is no PEM") },
    ground: "crypto/tls X509KeyPair: failed to find any PEM data in certificate input",
  }),
  spoiledSecret({
    id: "secret-leaf-expired",
    title: "The leaf in the Secret has expired (stored and served)",
    code: "SecretLeafExpired",
    spoils: { secret: selfSigned("corpus-over", over) },
    ground: "oracle M12: whoever loads it is refused",
    more: [
      during("leaf of the chart's CA", nextLeaf(halves, "corpus-leaf-over", over), "SecretLeafExpired", "oracle M12"),
      during(
        "expired a minute ago",
        selfSigned("corpus-just-over", { ...over, notAfter: ago(minutes(1)) }),
        "SecretLeafExpired",
        "oracle M12; Go crypto/x509 verify.go: now is after NotAfter",
      ),
    ],
  }),
  spoiledSecret({
    id: "secret-ca-expired",
    title: "The CA in the Secret has expired (trusted)",
    code: "SecretCaExpired",
    spoils: { secret: expiredCaLeaf },
    ground: "oracle M15; charts#710: the CA in the leaf's ca.crt expires before the leaf is renewed",
  }),
  spoiledSecret({
    id: "secret-not-yet-valid",
    title: "The Secret's certificate is not valid yet",
    code: "SecretNotYetValid",
    spoils: { secret: selfSigned("corpus-not-yet", { notBefore: NOW + minutes(5) }) },
    ground: "Go crypto/x509 verify.go: now is before NotBefore",
  }),
  spoiledSecret({
    id: "secret-name-mismatch",
    title: "The leaf lacks the name that is dialled",
    code: "SecretNameMismatch",
    spoils: { secret: selfSigned("corpus-name", { dnsNames: ["keda-operator.other.svc.cluster.local"] }) },
    ground: "oracle M16; keda cmd/adapter/main.go: the host of --metrics-service-address is verified",
    more: [
      during(
        "another cluster domain",
        chart("corpus-domain", { clusterDomain: "example.internal" }),
        "SecretNameMismatch",
        "oracle M16; keda#5184 of a domain that is not cluster.local",
      ),
      during(
        "issued for another namespace",
        chart("corpus-namespace", { namespace: "autoscaling" }),
        "SecretNameMismatch",
        "oracle M16; kedacore/charts: names are of the release's namespace",
      ),
      during(
        "no names at all, only a common name",
        selfSigned("corpus-no-names", { dnsNames: [] }),
        "SecretNameMismatch",
        "Go crypto/x509 verify.go: the common name is never looked at",
      ),
    ],
  }),
  spoiledSecret({
    id: "secret-usage-wrong",
    title: "The leaf may serve and may not call",
    code: "SecretUsageWrong",
    spoils: { secret: serverOnly() },
    ground: "Go crypto/x509: ExtKeyUsageClientAuth is asked for by RequireAndVerifyClientCert; keda utils/tls.go",
  }),
  spoiledSecret({
    id: "secret-ca-bit-wrong",
    title: "The certificate that signed the leaf is no CA",
    code: "SecretLeafNotSignedByCa",
    spoils: { secret: signedByNoCa() },
    ground: "Go crypto/x509 CheckSignatureFrom: parent certificate cannot sign this kind of certificate",
  }),
];
