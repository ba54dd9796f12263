import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { bundledPair, chart, nextLeaf, selfSigned } from "../../builders/certificates.ts";
import { formerPair, presentPair, rotatedAt, tlsFailing, working } from "../../builders/evidence.ts";
import { failing504 } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";
import {
  adapter,
  both,
  type Cause,
  curedBy,
  escalate,
  kind,
  operator,
  plainIncident,
  restart,
  type Variant,
  wait,
} from "../variant.ts";
import {
  expiredAt,
  forbidden,
  kedaBefore,
  kedaNow,
  noHint,
  refusedBy,
  rsaBefore,
  rsaHint,
  rsaNow,
  timedOut,
  unreachable,
  withheld,
} from "../words.ts";

const stale = kind("incident", restart("MetricsApiserverStale", adapter), curedBy("metrics-apiserver"));

const weaker = (unseen: string, facts: Variant["facts"], expected: Variant["expected"], ground: string): Variant =>
  stale(unseen, facts, ground, { expected, unseen });

const freshAdapter = { adapterPods: [{ startedAt: ago(minutes(20)) }] };
const freshPairFails: Variant = {
  name: "a metrics-apiserver created after the write fails all the same",
  start: "incident",
  facts: freshAdapter,
  expected: escalate("FreshPairFails"),
  ground: "a new Pod mounts the Secret as it is: kubelet volume_manager.go; oracle M1 client NN, server NN: ok",
};

const metricsApiserverStale: Cause = {
  id: "metrics-apiserver-stale",
  title: "The metrics-apiserver is stale",
  variants: [
    stale(
      "self-signed leaf, new key",
      {},
      "oracle M1 client OO, server NN; recording keda-2.13.1-self-signed/3-failing; keda#5683",
    ),
    stale(
      "CA of the chart with a new key",
      { secret: rsaNow, before: [rsaBefore], log: tlsFailing(rsaHint("keda-operator")) },
      "oracle M7 client OO, server NN; recording cert-manager-1.18-keda-chart-2.13.2/3-failing",
    ),
    stale(
      "KEDA's own CA made anew",
      { secret: kedaNow, before: [kedaBefore], log: tlsFailing(rsaHint("KEDA")) },
      "keda#5972; open-policy-agent/cert-controller pkg/rotator/rotator.go v0.10.1",
    ),
    stale(
      "self-signed leaf, same key: no hint",
      { secret: selfSigned("former", { serial: 7 }), log: tlsFailing(noHint) },
      "oracle M2 client OO, server NN",
    ),
    stale(
      "KEDA's own certificates replaced by cert-manager's: another name, no hint",
      { secret: rsaNow, before: [kedaBefore], log: tlsFailing(noHint) },
      "oracle M8 client OO, server NN; keda#5055",
    ),
    stale(
      "it trusts both CAs and shows the old leaf: the operator refuses it",
      {
        before: [bundledPair(formerPair, presentPair)],
        log: tlsFailing(refusedBy("unknown certificate authority")),
      },
      "oracle M1 client ON, server NN: C!; crypto/tls alert.go",
    ),
    stale(
      "files mounted by subPath: a restarted container changes nothing",
      {
        layout: { subPath: true },
        adapterPods: [{ createdAt: ago(days(1)), startedAt: rotatedAt + minutes(3), restarts: 1 }],
      },
      "kubernetes/website secret.md: a subPath mount does not receive updates; oracle M1 client OO",
    ),
    stale(
      "a KEDA that reloads and did not",
      { metricsApiserver: { version: "2.17.2" }, operator: { version: "2.17.2" } },
      "keda pkg/metricsservice/utils/tls.go v2.17.2: a read error is not tried again; oracle M1 client OO",
    ),
    weaker("no history", { before: [] }, restart("MetricsApiserverStale", adapter), "oracle M1; start times prove it"),
    weaker("no permission for logs", { log: forbidden }, escalate("LogsUnseen"), "keda pkg/metricsservice/client.go"),
    weaker(
      "the log did not come in time",
      { log: timedOut },
      wait("CouldNotLook"),
      "docs/facts/keda.md: hop B's text stands in the metrics-apiserver's log only; no answer is asked for again",
    ),
    weaker(
      "the probe timed out",
      { operatorPresents: timedOut },
      escalate("ProbeUnreachable"),
      "oracle M1: OO/NN and NN/OO log the same bytes",
    ),
    weaker(
      "HPAs forbidden",
      { hpas: forbidden },
      escalate("SymptomsUnseen"),
      "measured with KEDA 2.13.1: 63 s from the kill to the first 504; a log line alone is no outage",
    ),
    weaker(
      "Secret forbidden",
      { secret: forbidden },
      escalate("MaterialUnseen"),
      "Go crypto/x509 verifies a leaf against a pool: without the Secret there is neither",
    ),
    weaker(
      "lease forbidden",
      { lease: forbidden },
      restart("MetricsApiserverStale", adapter),
      "the operator presents the Secret's leaf, so it listens: keda pkg/metricsservice/server.go",
    ),
    weaker(
      "ScaledObjects forbidden, one HPA of two seen to fail",
      { hpas: failing504(["web"]), complete: false },
      restart("MetricsApiserverStale", adapter),
      "keda pkg/fallback/fallback.go: ScaledObjects stay Ready in the incident",
    ),
  ],
  pair: { fact: "adapterPods", one: plainIncident(), other: freshPairFails },
};

const mirrored = kind("operatorStale", restart("OperatorStale", operator), curedBy("operator"));

const operatorIsStale = mirrored(
  "the very bytes of the incident in the log",
  {},
  "oracle M1 client NN, server OO; measured with KEDA 2.13.1",
);
const unprovedKey = { from: "CertificateRequest", keyFits: withheld } as const;

const operatorStale: Cause = {
  id: "operator-stale",
  title: "The operator is stale",
  variants: [
    operatorIsStale,
    mirrored(
      "CA of the chart with a new key",
      { secret: rsaNow, before: [rsaBefore], operatorPresents: rsaBefore, log: tlsFailing(rsaHint("keda-operator")) },
      "oracle M7 client NN, server OO",
    ),
    mirrored(
      "KEDA's own CA made anew",
      { secret: kedaNow, before: [kedaBefore], operatorPresents: kedaBefore, log: tlsFailing(rsaHint("KEDA")) },
      "oracle M7 client NN, server OO; keda#5972",
    ),
    mirrored(
      "two operators, and the standby does not listen",
      { operatorPods: [{}, {}], operatorPresents: [formerPair, unreachable] },
      "keda pkg/metricsservice/server.go v2.13.1: NeedLeaderElection",
    ),
    mirrored(
      "the key is proved by whoever presents the leaf on :6443",
      unprovedKey,
      "a handshake proves the key: RFC 8446 4.4.3",
    ),
    {
      ...mirrored(
        "nobody has proved the key",
        { ...unprovedKey, adapterPresents: formerPair },
        "crypto/tls X509KeyPair",
      ),
      expected: { ...restart("OperatorStale", operator), needsApproval: true },
    },
    {
      ...mirrored("no history", { before: [] }, "oracle M1: the Secret's CA refuses what the operator presents"),
      unseen: "no history",
    },
    {
      ...mirrored("the probe timed out", { operatorPresents: timedOut }, "oracle M1: the text names no side"),
      expected: escalate("ProbeUnreachable"),
      unseen: "the probe timed out",
    },
    {
      ...mirrored(
        "no permission for logs",
        { log: forbidden },
        "docs/facts/keda.md: hop B's text stands in the metrics-apiserver's log only",
      ),
      expected: escalate("LogsUnseen"),
      unseen: "no permission for logs",
    },
    {
      ...mirrored(
        "the metrics-apiserver's Pod is gone",
        { adapterPods: [], metricsApiserver: { replicas: 1 } },
        "kubelet: a Deployment's Pod that is gone is made again",
      ),
      expected: wait("MetricsApiserverNotRunning"),
      unseen: "the Pod is gone",
    },
  ],
  pair: {
    fact: "operatorPresents",
    one: operatorIsStale,
    other: {
      ...operatorIsStale,
      name: "it presents the Secret's leaf",
      facts: { operatorPresents: presentPair },
      expected: escalate("FreshPairFails"),
      ground: "oracle M1 client NN, server NN: ok, so certificates do not explain it",
    },
  },
};

const second = selfSigned("corpus-second");
const twoOld = kind("operatorStale", restart("BothStale", both), curedBy("both"), {
  before: [second],
  adapterPods: [{}],
});
const threeGenerations = twoOld(
  "three generations: each side holds another one, neither the Secret's",
  {},
  "oracle M1 client OO, server of yet another generation: S!; each against NN: S! or C!",
);

const bothStale: Cause = {
  id: "both-stale",
  title: "Both sides are stale, of different generations",
  variants: [
    threeGenerations,
    twoOld(
      "two metrics-apiservers",
      { adapterPods: [{}, {}] },
      "oracle M1 client OO, server NN: each Pod holds what it started with",
    ),
    twoOld(
      "a container that restarted within kubelet's time",
      { adapterPods: [{ createdAt: ago(days(1)), startedAt: rotatedAt + seconds(30), restarts: 1 }] },
      "kubelet volume_manager.go; open-policy-agent/cert-controller#35",
    ),
    twoOld(
      "by subPath",
      {
        layout: { subPath: true },
        adapterPods: [{ createdAt: ago(days(1)), startedAt: ago(minutes(20)), restarts: 1 }],
      },
      "kubernetes/website secret.md: subPath",
    ),
    {
      ...twoOld(
        "no history",
        { before: [] },
        "oracle M1: the probe shows the server's leaf, the start tells the client's",
      ),
      unseen: "no history",
    },
    {
      ...twoOld(
        "the probe is forbidden",
        { operatorPresents: forbidden },
        "measured with KEDA 2.13.1: the same bytes whichever side is stale",
      ),
      expected: escalate("ProbeUnreachable"),
      unseen: "the probe is forbidden",
    },
  ],
  pair: {
    fact: "adapterPods",
    one: threeGenerations,
    other: mirrored(
      "the metrics-apiserver is from after the write",
      { before: [second], adapterPods: [{ startedAt: ago(minutes(15)) }] },
      "oracle M1 client NN, server OO",
    ),
  },
};

const mixed = kind("incident", restart("MetricsApiserversMixed", adapter), curedBy("metrics-apiserver"));
const oneOfTwo = mixed(
  "one of two",
  { adapterPods: [{}, freshAdapter.adapterPods[0] ?? {}], log: [tlsFailing(), working] },
  "oracle M1: client OO S!, client NN ok, against the same server",
);

const mixedReplicas: Cause = {
  id: "mixed-replicas",
  title: "Some metrics-apiservers are stale, others fresh",
  variants: [
    oneOfTwo,
    mixed(
      "two of three",
      { adapterPods: [{}, freshAdapter.adapterPods[0] ?? {}, {}], log: [tlsFailing(), working, tlsFailing()] },
      "oracle M1 client OO, server NN: S!",
    ),
    mixed(
      "a container that restarted within kubelet's time works",
      {
        adapterPods: [{ createdAt: ago(days(1)), startedAt: rotatedAt + seconds(30), restarts: 1 }, {}],
        log: [working, tlsFailing()],
      },
      "keda pkg/provider/provider.go: established is logged on success only",
    ),
    mixed(
      "CA of the chart",
      {
        ...oneOfTwo.facts,
        secret: rsaNow,
        before: [rsaBefore],
        log: [tlsFailing(rsaHint("keda-operator")), working],
      },
      "oracle M7",
    ),
    {
      ...mixed(
        "one log is missing",
        { ...oneOfTwo.facts, log: [tlsFailing(), forbidden] },
        "oracle M1 client OO, server NN: S!",
      ),
      unseen: "one log",
    },
    {
      ...mixed(
        "HPAs forbidden",
        { ...oneOfTwo.facts, hpas: forbidden },
        "measured with KEDA 2.13.1: 63 s from the kill to the first 504; a log line alone is no outage",
      ),
      expected: escalate("SymptomsUnseen"),
      unseen: "HPAs forbidden",
    },
  ],
  pair: {
    fact: "log",
    one: oneOfTwo,
    other: {
      ...oneOfTwo,
      name: "the fresh one fails as well",
      facts: { ...oneOfTwo.facts, log: [tlsFailing(), tlsFailing()] },
      expected: escalate("FreshPairFails"),
      ground: "oracle M1 client NN, server NN: ok, so another restart would end the same",
    },
  },
};

const sameCa = chart("corpus-same-ca");
const halfHourAgo = ago(minutes(30));
const expiredLeaf = nextLeaf(sameCa, "corpus-expired-leaf", { notBefore: ago(days(400)), notAfter: halfHourAgo });
const oldLeaf = nextLeaf(sameCa, "corpus-old-leaf");
const oldCa = chart("corpus-renewed", {
  notBefore: ago(days(400)),
  notAfter: ago(days(-100)),
  caNotAfter: halfHourAgo,
});
const renewedCa = chart("corpus-renewed", { notBefore: ago(days(30)) });
const expiryText = tlsFailing(expiredAt("2026-11-23T16:35:00Z"));

const held = (name: string, more: Partial<Variant> & Pick<Variant, "facts" | "ground">): Variant => ({
  name,
  start: "incident",
  expected: restart("ExpiredInMemory", operator),
  truth: curedBy("operator"),
  ...more,
});
const leafInOperator = held("the operator's leaf", {
  facts: {
    secret: sameCa,
    operatorPods: [{}],
    operatorPresents: expiredLeaf,
    before: [expiredLeaf],
    adapterPods: [{ startedAt: ago(minutes(20)) }],
    log: expiryText,
  },
  ground: "oracle M13 client NN, server OO",
});
const inAdapter = { expected: restart("ExpiredInMemory", adapter), truth: curedBy("metrics-apiserver") };

const expiredInMemory: Cause = {
  id: "expired-in-memory",
  title: "A certificate that is still held in memory has expired",
  variants: [
    leafInOperator,
    held("the metrics-apiserver's leaf: the operator refuses it", {
      facts: { secret: sameCa, before: [expiredLeaf], log: tlsFailing(refusedBy("expired certificate")) },
      ground: "oracle M13 client OO, server NN: C!; crypto/tls alert.go",
      ...inAdapter,
    }),
    held("the CA in the metrics-apiserver's pool", {
      facts: { secret: renewedCa, before: [oldCa], log: expiryText },
      ground: "oracle M11 client OO, server NN: the pool's CA has expired",
      ...inAdapter,
    }),
    held("a metrics-apiserver of before the renewal trusts the same CA: the operator alone", {
      facts: { ...leafInOperator.facts, adapterPods: [{}], before: [oldLeaf, expiredLeaf] },
      ground: "oracle M13 client OO (another leaf of the same CA), server OO",
    }),
    {
      ...held("no history", {
        facts: { ...leafInOperator.facts, before: [] },
        ground: "Go crypto/x509 verify.go: notAfter of what the operator presents is enough",
      }),
      unseen: "no history",
    },
    {
      ...held("the probe timed out", {
        facts: { ...leafInOperator.facts, operatorPresents: timedOut },
        ground: "oracle M11 and M13: the text about expiry names no side",
        expected: escalate("ProbeUnreachable"),
      }),
      unseen: "the probe timed out",
    },
  ],
  pair: {
    fact: "operatorPresents",
    one: leafInOperator,
    other: {
      ...leafInOperator,
      name: "it presents an older leaf that is in date",
      facts: { ...leafInOperator.facts, operatorPresents: oldLeaf },
      expected: escalate("SafeLeafButFailing"),
      ground: "oracle M5 client NN, server OO: ok",
    },
  },
};

export const staleCauses: readonly Cause[] = [
  metricsApiserverStale,
  operatorStale,
  bothStale,
  mixedReplicas,
  expiredInMemory,
];
