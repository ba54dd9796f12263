import { days, minutes } from "../../../src/core/instant.ts";
import { policy } from "../../builders/casefile.ts";
import { chart, nextLeaf } from "../../builders/certificates.ts";
import {
  type Changes,
  formerPair,
  killedAt,
  networkFailing,
  oomKilled,
  rotatedAt,
  tlsFailing,
  waiting,
  working,
} from "../../builders/evidence.ts";
import { active, failing504 } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";
import {
  adapter,
  both,
  type Cause,
  curedBy,
  escalate,
  fragile,
  hopeless,
  kind,
  nothing,
  refuse,
  restart,
  spoiled,
  type Variant,
  wait,
  withoutTruth,
  works,
} from "../variant.ts";
import { forbidden, refusedBy, timedOut, unreachable } from "../words.ts";

const net = kind("incident", refuse("HopBNetwork"), hopeless);
const netLog = (text: string) => ({ log: networkFailing(text) });
const connectionRefused = net(
  "refused",
  netLog("dial tcp 10.0.201.232:9666: connect: connection refused"),
  "keda PR#7781; net package",
);

const network: Cause = {
  id: "hop-b-network",
  title: "Network, DNS or endpoints of :9666",
  variants: [
    connectionRefused,
    net("timed out", netLog("dial tcp 10.96.0.9:9666: connect: connection timed out"), "keda#5052: NetworkPolicy"),
    net(
      "no such host",
      netLog("dial tcp: lookup keda-operator.keda.svc.cluster.local on 10.230.128.2:53: no such host"),
      "keda#5184",
    ),
    net("i/o timeout", netLog("dial tcp 10.96.0.9:9666: i/o timeout"), "keda#7095"),
    net(
      "reset in the handshake",
      netLog("read tcp 10.244.0.9:41000->10.96.0.9:9666: read: connection reset by peer"),
      "measured with KEDA 2.13.1: a handshake that fails without x509 is the network",
    ),
    net("EOF from something in between", netLog("EOF"), "grpc-go http2_client.go: error reading server preface: EOF"),
    net(
      "no probe either",
      { ...netLog("dial tcp 10.96.0.9:9666: i/o timeout"), operatorPresents: timedOut },
      "keda#7095",
      {
        unseen: "the probe",
      },
    ),
    net("no log", { log: forbidden }, "measured with KEDA 2.13.1: the same 504 with the operator scaled to zero", {
      expected: escalate("LogsUnseen"),
      unseen: "the log",
    }),
  ],
  pair: spoiled(connectionRefused, "log"),
};

const proxied = kind("incident", refuse("HopBProxied"), hopeless);
const badGateway = netLog('failed to do connect handshake, response: \\"HTTP/1.1 502 Bad Gateway');
const throughProxy = proxied("a proxy answers 502", badGateway, "keda#4190; grpc-go internal/transport/proxy.go");

const proxy: Cause = {
  id: "hop-b-proxied",
  title: "An HTTP proxy stands on hop B",
  variants: [
    throughProxy,
    proxied(
      "a proxy wants to know who asks",
      netLog('failed to do connect handshake, response: \\"HTTP/1.1 407 Proxy Authentication Required'),
      "grpc-go internal/transport/proxy.go: any answer but 200",
    ),
    proxied("without history", { ...badGateway, before: [] }, "keda#4190", { unseen: "history" }),
    proxied("the probe timed out", { ...badGateway, operatorPresents: timedOut }, "keda#4190", { unseen: "the probe" }),
  ],
  pair: spoiled(throughProxy, "log"),
};

const eightMinutes = failing504(["web"], ago(minutes(8)));
const stuck = kind("healthy", escalate("GrpcStuck"), curedBy("metrics-apiserver"));
const allowed = { policy: policy({ restartOnStuckConnection: true }) };
const silent: Changes = { log: waiting, hpas: eightMinutes };
const byPolicy = (name: string, facts: Changes, ground: string): Variant =>
  withoutTruth(stuck(name, facts, ground, { record: allowed, expected: restart("GrpcStuckRestart", adapter) }));
const stuckRestart = byPolicy("by policy: restarted", silent, "keda#7251: only a restart helped");

const grpcStuck: Cause = {
  id: "grpc-stuck",
  title: "gRPC is stuck without a TLS error",
  variants: [
    stuck("only timeouts in the log", silent, "keda#7251 (2.15.1)"),
    stuck("an empty log", { ...silent, log: {} }, "keda#7874: silence after seven refusals"),
    stuck(
      "KEDA 2.20.2, Ready all the time",
      { ...silent, operator: { version: "2.20.2" }, metricsApiserver: { version: "2.20.2" } },
      "keda#8211",
    ),
    stuckRestart,
    stuck(
      "the lease is not seen",
      { ...silent, lease: forbidden },
      "keda#8211: stuck beside an operator that is good; without its proof it may be the operator",
      {
        expected: escalate("HopBUnexplained"),
        unseen: "the lease",
      },
    ),
    stuck(
      "the probe timed out",
      { ...silent, operatorPresents: timedOut },
      "keda#8211: stuck beside an operator that is good; without its proof it may be the operator",
      {
        expected: escalate("HopBUnexplained"),
        unseen: "the probe",
      },
    ),
    stuck("no log", { ...silent, log: forbidden }, "keda#8211", {
      expected: escalate("LogsUnseen"),
      unseen: "the log",
    }),
  ],
  pair: {
    fact: "hpas",
    one: stuckRestart,
    other: {
      ...stuckRestart,
      name: "another HPA gets its metric over the same hop",
      facts: { ...silent, hpas: [...eightMinutes, ...active(["worker"])] },
      expected: escalate("HopBUnexplained"),
      ground: "one gRPC connection serves all HPAs: keda pkg/provider/provider.go",
    },
  },
};

const contradicts = kind("incident", escalate("TextContradicts"), hopeless);
const wrongName = contradicts(
  "a name that the Secret's leaf has",
  { log: tlsFailing("x509: certificate is valid for keda-operator.keda.svc, not keda-operator.other.svc") },
  "oracle M16: no rotation causes it; the address that is dialled is another one",
);

const contradictory: Cause = {
  id: "text-contradicts",
  title: "The logged text is none that the certificates can cause",
  variants: [
    wrongName,
    contradicts("a usage", { log: tlsFailing("x509: certificate specifies an incompatible key usage") }, "crypto/x509"),
    contradicts(
      "a missing client certificate",
      { log: tlsFailing(refusedBy("certificate required")) },
      "crypto/tls alert.go",
    ),
    {
      name: "no hint where the past generation gives one",
      start: "incident",
      facts: { log: tlsFailing("x509: certificate signed by unknown authority") },
      expected: escalate("TextContradicts"),
      // No truth: either the log or the record is wrong, and which one nobody can tell.
      ground: "oracle M1: there is a hint",
    },
    contradicts(
      "no history",
      { before: [], log: tlsFailing("x509: certificate specifies an incompatible key usage") },
      "crypto/x509",
      { unseen: "history" },
    ),
  ],
  pair: spoiled(wrongName, "log"),
};

const old = { writtenAt: rotatedAt, before: [formerPair] };
const latent = kind("healthy", nothing("LatentMismatch"), fragile);
const byLatentPolicy = { record: { policy: policy({ restartOnLatent: true }) } };
const oldOld = { ...old, operatorPresents: formerPair };
const latentRestart: Variant = {
  name: "by policy: both are restarted, operator first",
  start: "healthy",
  facts: oldOld,
  ...byLatentPolicy,
  expected: restart("LatentMismatch", both),
  ground: "oracle M1 OO/OO: either one alone breaks it",
};

const latentMismatch: Cause = {
  id: "latent-mismatch",
  title: "Both sides are stale and agree (latent)",
  variants: [
    latent("an old pair on both sides", oldOld, "oracle M1 OO/OO: ok; recording keda-2.13.1-self-signed/2-latent"),
    latent(
      "CA of the chart with a new key",
      {
        writtenAt: rotatedAt,
        before: [chart("corpus-latent-before")],
        secret: chart("corpus-latent"),
        operatorPresents: chart("corpus-latent-before"),
      },
      "oracle M7 OO/OO; recording cert-manager-1.18-keda-chart-2.13.2/2-latent",
    ),
    latent(
      "the operator is new already",
      { ...old, operatorPods: [oomKilled(killedAt)] },
      "oracle M1 client OO, server NN",
      {
        truth: { worksAfter: ["none", "metrics-apiserver", "both"] },
      },
    ),
    latent(
      "the metrics-apiserver is new already",
      { ...oldOld, adapterPods: [{ startedAt: ago(minutes(20)) }], log: { established: ago(minutes(30)) } },
      "oracle M1 client NN, server OO",
      { truth: { worksAfter: ["none", "operator", "both"] } },
    ),
    latentRestart,
    latent(
      "no history",
      { ...oldOld, before: [] },
      "oracle M1 client OO, server OO: ok; the operator shows what it holds",
      { unseen: "history" },
    ),
    latent(
      "the probe is forbidden",
      { ...old, operatorPresents: forbidden },
      "oracle M1 client OO, server OO: ok; nothing fails",
      {
        expected: nothing("Healthy"),
        unseen: "the probe",
      },
    ),
    latent(
      "HPAs forbidden",
      { ...oldOld, hpas: forbidden },
      "oracle M1 client OO, server OO: ok; the operator shows what it holds",
      { unseen: "HPAs" },
    ),
  ],
  pair: {
    fact: "operatorPresents",
    one: latentRestart,
    other: {
      ...latentRestart,
      name: "nobody shows anything",
      facts: { ...old, operatorPresents: unreachable },
      expected: nothing("Healthy"),
      ground: "SRE book ch. 7: the empty set means nothing is done",
    },
  },
};

const now = chart("corpus-safe");
const olderLeaf = nextLeaf(now, "corpus-safe-before", { notAfter: ago(days(-3)) });
const safeFacts: Changes = { secret: now, writtenAt: rotatedAt, before: [olderLeaf], operatorPresents: olderLeaf };
const safe = kind("healthy", nothing("SafeRotation"), works);
const safeByPolicy: Variant = {
  name: "with restartOnLatent too",
  start: "healthy",
  facts: safeFacts,
  ...byLatentPolicy,
  expected: nothing("SafeRotation"),
  ground: "oracle M5: every pair of states is ok",
};

const safeRotation: Cause = {
  id: "safe-rotation",
  title: "The Secret changed, and nothing breaks",
  variants: [
    safe("a new leaf of the same CA", safeFacts, "oracle M5; measured with KEDA 2.13.1: ValidMetricFound throughout"),
    safe(
      "two operators",
      { ...safeFacts, operatorPods: [{}, {}], operatorPresents: [olderLeaf, unreachable] },
      "oracle M5",
    ),
    safe(
      "the CA renewed with its key",
      {
        ...safeFacts,
        secret: chart("corpus-safe", { caNotAfter: ago(days(-3000)) }),
      },
      "oracle M6",
    ),
    safe(
      "a KEDA that has reloaded",
      {
        ...safeFacts,
        operatorPresents: now,
        operator: { version: "2.20.2" },
        metricsApiserver: { version: "2.20.2" },
        log: working,
      },
      "measured with KEDA 2.20.2: ValidMetricFound through an OOM kill",
      { expected: nothing("Healthy") },
    ),
    safeByPolicy,
    safe("no history", { ...safeFacts, before: [] }, "oracle M5: what the operator shows is verified", {
      unseen: "history",
    }),
    safe("the probe timed out", { ...safeFacts, operatorPresents: timedOut }, "oracle M5", { unseen: "the probe" }),
  ],
  pair: {
    fact: "operatorPresents",
    one: safeByPolicy,
    other: {
      ...safeByPolicy,
      name: "the operator presents a leaf of another CA",
      facts: { ...safeFacts, operatorPresents: formerPair },
      expected: restart("LatentMismatch", both),
      ground: "oracle M8 OO/OO",
    },
  },
};

const agreeing = { ...old, operatorPods: [oomKilled(killedAt)], log: waiting };
const silence = kind("healthy", wait("HopBSilent"));
const fourMinutes = silence(
  "504 for four minutes",
  { log: waiting, hpas: failing504(["web"], ago(minutes(4))) },
  "grpc-go backoff: the next attempt is logged within 144 s",
);

const hopBSilent: Cause = {
  id: "hop-b-silent",
  title: "Hop B fails and nobody has said why yet",
  variants: [
    fourMinutes,
    silence(
      "after an OOM kill",
      { ...agreeing, hpas: failing504() },
      "grpc-go backoff: 144 s between two attempts at most",
    ),
    silence(
      "connected a minute ago",
      { log: working, hpas: eightMinutes },
      "keda pkg/provider/provider.go: established",
    ),
    silence(
      "x509 in the log, no HPA fails yet",
      { hpas: active() },
      "measured with KEDA 2.13.1: 63 s from the kill to the first 504",
      {
        start: "incident",
        expected: wait("SymptomNotYetSeen"),
      },
    ),
    silence(
      "no probe",
      { ...fourMinutes.facts, operatorPresents: timedOut },
      "grpc-go backoff: 144 s between two attempts at most",
      {
        unseen: "the probe",
      },
    ),
  ],
  pair: {
    fact: "hpas",
    one: fourMinutes,
    other: { ...stuck("for eight minutes", silent, "keda#8211") },
  },
};

export const hopBCauses: readonly Cause[] = [
  network,
  proxy,
  grpcStuck,
  contradictory,
  latentMismatch,
  safeRotation,
  hopBSilent,
];
