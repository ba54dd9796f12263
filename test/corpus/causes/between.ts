import { minutes, seconds } from "../../../src/core/instant.ts";
import { chart } from "../../builders/certificates.ts";
import { type Changes, killedAt, networkFailing, oomKilled, tlsFailing } from "../../builders/evidence.ts";
import { active } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";
import {
  adapter,
  type Cause,
  curedBy,
  escalate,
  hopeless,
  kind,
  plainIncident,
  refuse,
  restart,
  spoiled,
  wait,
  withoutTruth,
  withoutTruthInMotion,
} from "../variant.ts";
import { forbidden, noHint, timedOut, unreachable } from "../words.ts";

const noTls = "tls: first record does not look like a TLS handshake";
const istio = {
  operatorPods: [{ ...oomKilled(killedAt), mesh: "istio-proxy" }],
  adapterPods: [{ mesh: "istio-proxy" }],
};

const meshed = kind("incident", refuse("HopBMeshed"), hopeless, istio);

const recordHeader = "crypto/tls conn.go: RecordHeaderError; keda#5408: KEDA's own TLS and a mesh's";
const cut = networkFailing("read tcp 10.244.0.9:41000->10.96.0.9:9666: read: connection reset by peer");
const plain = meshed("Istio answers without TLS", { log: tlsFailing(noTls) }, recordHeader);

const mesh: Cause = {
  id: "service-mesh",
  title: "A service mesh stands on hop B",
  variants: [
    plain,
    meshed("Istio cuts the connection off", { log: cut }, "keda#5408; grpc-go http2_client.go"),
    meshed("EOF in the handshake", { log: networkFailing("EOF") }, "grpc-go http2_client.go: EOF"),
    meshed(
      "Istio shows a certificate of its own",
      {
        log: tlsFailing(
          "x509: certificate is not valid for any names, but wanted to match keda-operator.keda.svc.cluster.local",
        ),
        operatorPresents: unreachable,
      },
      "crypto/x509 verify.go HostnameError: a SPIFFE certificate has a URI only",
    ),
    meshed(
      "Linkerd shows one of its own, in the operator's Pod only",
      {
        operatorPods: [{ ...oomKilled(killedAt), mesh: "linkerd-proxy" }],
        adapterPods: [{}],
        log: tlsFailing(
          "x509: certificate is valid for keda-operator.keda.serviceaccount.identity.linkerd.cluster.local, not keda-operator.keda.svc.cluster.local",
        ),
      },
      "crypto/x509 verify.go HostnameError; Linkerd names service accounts",
    ),
    meshed(
      "Istio without sidecars",
      {
        operatorPods: [{ ...oomKilled(killedAt), mesh: "ambient.istio.io/redirection" }],
        adapterPods: [{}],
        log: cut,
      },
      "keda#5408; grpc-go http2_client.go",
    ),
    meshed(
      "and the operator has just started",
      { operatorPods: [{ ...oomKilled(ago(seconds(30))), mesh: "istio-proxy" }], log: cut },
      "keda#6201: no port for up to 69 s after a start",
      { expected: wait("OperatorStarting") },
    ),
    meshed(
      "a mesh that lets hop B through, and a metrics-apiserver that is stale",
      {},
      "oracle M1 client OO, server NN: the operator's own leaf is shown",
      { expected: restart("MetricsApiserverStale", adapter), truth: curedBy("metrics-apiserver") },
    ),
    meshed("the probe timed out", { log: cut, operatorPresents: timedOut }, "keda#5408; grpc-go http2_client.go", {
      unseen: "the probe",
    }),
    meshed("no log", { log: forbidden }, "keda#5408: nothing but the log tells", {
      expected: escalate("LogsUnseen"),
      unseen: "the log",
    }),
    meshed(
      "a certificate of another CA, and the probe is answered by somebody else",
      { log: tlsFailing(noHint), before: [], operatorPresents: unreachable },
      "crypto/x509 verify.go: the words of a stale pair too; nobody can say whose",
      { expected: escalate("ProbeUnreachable"), unseen: "the probe" },
    ),
  ].map(withoutTruthInMotion),
  pair: { fact: "log", one: plain, other: plainIncident(istio) },
};

const silentOn = kind("incident", refuse("HopBNotTls"), hopeless, { log: tlsFailing(noTls) });

const noTlsGround = "crypto/tls conn.go: RecordHeaderError";
const somebody = silentOn("a proxy that nobody sees", {}, noTlsGround);
const notTls: Cause = {
  id: "hop-b-not-tls",
  title: "Whoever answers on :9666 speaks no TLS",
  variants: [
    somebody,
    silentOn(
      "an operator of KEDA 2.9",
      { operator: { version: "2.9.3" }, operatorPresents: unreachable },
      "keda PR#4091",
    ),
    silentOn(
      "with the CA of the chart",
      { secret: chart("corpus-not-tls"), before: [chart("corpus-not-tls-old")] },
      noTlsGround,
    ),
    silentOn(
      "two metrics-apiservers, both of them",
      { adapterPods: [{}, {}], log: [tlsFailing(noTls), tlsFailing(noTls)] },
      noTlsGround,
    ),
    silentOn(
      "one of two says so, the other says what a rotation causes",
      { adapterPods: [{}, {}], log: [tlsFailing(noTls), tlsFailing()] },
      "crypto/tls conn.go and oracle M1: two stories at once",
      { expected: escalate("TextContradicts") },
    ),
    withoutTruth(
      silentOn("no HPA fails yet", { hpas: active() }, "measured with KEDA 2.13.1: 63 s to the first 504", {
        expected: wait("SymptomNotYetSeen"),
      }),
    ),
    silentOn("without history", { before: [] }, noTlsGround, { unseen: "history" }),
    silentOn("the probe timed out", { operatorPresents: timedOut }, noTlsGround, { unseen: "the probe" }),
  ],
  pair: { fact: "log", one: somebody, other: plainIncident({ log: tlsFailing() }) },
};

const issuers: Changes = {
  operator: { rotatesCertificates: true },
  issuance: { issuing: false, ready: true, message: "" },
};
/** No truth: what is restarted now works until the other one writes. */
const fight = kind("incident", refuse("TwoIssuers"), undefined, { ...issuers, writtenAt: ago(minutes(12)) });

const rotator = "open-policy-agent/cert-controller rotator.go: no ca.key of its own, so it writes anew; keda#5055";
const fighting = fight("cert-manager and KEDA's own rotation, twelve minutes ago", {}, rotator);
const twoIssuers: Cause = {
  id: "two-issuers",
  title: "cert-manager and KEDA's own rotation both write the Secret",
  variants: [
    fighting,
    fight("the operator is stale", {}, rotator, { start: "operatorStale" }),
    fight("nothing fails yet", {}, rotator, { start: "healthy" }),
    fight(
      "with the CA of the chart",
      { secret: chart("corpus-issuers"), before: [chart("corpus-issuers-old")] },
      rotator,
    ),
    fight(
      "quiet for two hours",
      { writtenAt: ago(minutes(120)) },
      "oracle M1 client OO, server NN: one of them has given up",
      {
        expected: restart("MetricsApiserverStale", adapter),
        truth: curedBy("metrics-apiserver"),
      },
    ),
    fight(
      "one of them is issuing",
      { issuance: { issuing: true, ready: false } },
      "cert-manager: condition Issuing=True",
      {
        expected: wait("CertificateIssuing"),
      },
    ),
    fight(
      "the Certificate is forbidden",
      { issuance: forbidden },
      "cert-manager: the Secret itself is what is mounted",
      {
        expected: restart("MetricsApiserverStale", adapter),
        unseen: "the Certificate",
      },
    ),
    fight("no log", { log: forbidden }, rotator, { unseen: "the log" }),
  ],
  pair: spoiled(fighting, "operator"),
};

const serviceCaOwns: Changes = {
  operator: { rotatesCertificates: true },
  layout: { serviceCaFor: ["keda-operator"] },
  serviceCa: "keda-operator",
  writtenAt: ago(minutes(12)),
};
const serviceCaFights = kind("incident", refuse("TwoIssuers"), undefined, serviceCaOwns);
const regenerates =
  "openshift/service-ca-operator secret_creating_controller.go: issues anew what its own CA did not sign; rotator.go writes anew without its ca.key";
const takesOut =
  "openshift/service-ca-operator secret_updating_controller.go ensureSecretData: takes out all keys but tls.crt and tls.key";
const serviceCaWrites = serviceCaFights("against KEDA's own rotation, twelve minutes ago", {}, regenerates);
const serviceCa: Cause = {
  id: "service-ca",
  title: "OpenShift's service-ca is a second writer of the Secret",
  variants: [
    serviceCaWrites,
    serviceCaFights("the operator is stale", {}, regenerates, { start: "operatorStale" }),
    serviceCaFights("nothing fails yet", {}, regenerates, { start: "healthy" }),
    serviceCaFights(
      "against cert-manager",
      { operator: {}, issuance: { issuing: false, ready: true, message: "" } },
      regenerates,
    ),
    serviceCaFights(
      "it took ca.crt out a moment ago",
      { secret: { usable: false, code: "SecretIncomplete", detail: "it has no ca.crt" } },
      takesOut,
      { expected: refuse("SecretIncomplete") },
    ),
    serviceCaFights(
      "quiet for two hours",
      { writtenAt: ago(minutes(120)) },
      "oracle M1 client OO, server NN: one of them has given up",
      { expected: restart("MetricsApiserverStale", adapter), truth: curedBy("metrics-apiserver") },
    ),
    serviceCaFights(
      "the Secret is not read, cert-manager's requests are",
      { operator: {}, issuance: { issuing: false, ready: true, message: "" }, from: "CertificateRequest" },
      regenerates,
      { unseen: "the Secret" },
    ),
    serviceCaFights("no log", { log: forbidden }, regenerates, { unseen: "the log" }),
  ],
  // The Service asks in both; service-ca never takes over a Secret that somebody else has made.
  pair: spoiled(serviceCaWrites, "serviceCa"),
};

export const betweenCauses: readonly Cause[] = [mesh, notTls, twoIssuers, serviceCa];
