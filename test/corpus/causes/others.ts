import type { LayoutRead } from "../../../src/core/evidence.ts";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { installation } from "../../builders/casefile.ts";
import { chart } from "../../builders/certificates.ts";
import {
  type Changes,
  formerPair,
  networkFailing,
  oomKilled,
  rotatedAt,
  tlsFailing,
  waiting,
  working,
} from "../../builders/evidence.ts";
import { active, failing503, failing504, failingIn, failingScaler } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";
import {
  adapter,
  type Cause,
  curedBy,
  escalate,
  hopeless,
  kind,
  nothing,
  plainIncident,
  refuse,
  restart,
  spoiled,
  type Variant,
  wait,
  withoutTruth,
  withoutTruthInMotion,
  works,
} from "../variant.ts";
import { forbidden, timedOut, unreachable } from "../words.ts";

const reset = networkFailing("read tcp 10.244.0.9:41000->10.96.0.9:9666: read: connection reset by peer");
const measuredDown = "measured with KEDA 2.13.1: the same 504 as the incident";

const zero = { operator: { replicas: 0, pods: [] } };
const down = kind("incident", refuse("OperatorScaledToZero"), hopeless);
const scaledDown = down("x509 in the log of before", zero, measuredDown);
const operatorZero: Cause = {
  id: "operator-scaled-to-zero",
  title: "The operator is scaled to zero",
  variants: [
    scaledDown,
    down("resets in the log", { ...zero, log: reset }, measuredDown),
    down("silence in the log", { ...zero, log: waiting, before: [] }, measuredDown),
    down("no log", { ...zero, log: forbidden }, measuredDown, { unseen: "the log" }),
    down("HPAs forbidden", { ...zero, hpas: forbidden }, measuredDown, { unseen: "HPAs" }),
  ],
  pair: spoiled(scaledDown, "operator"),
};

const ended = (reason: string, exitCode: number) => ({
  lastTermination: { reason, exitCode, startedAt: ago(seconds(22)), finishedAt: ago(seconds(20)) },
});
const crashing = { ready: false, restarts: 5, waiting: "CrashLoopBackOff", ...ended("Error", 1) };
const { waiting: _none, ...crashingEarly } = crashing;
const loops = kind("incident", refuse("OperatorCrashLooping"), hopeless);
const inLoop = loops("an error at every start", { operatorPods: [crashing] }, "kubelet: CrashLoopBackOff");
const operatorCrash: Cause = {
  id: "operator-crash-looping",
  title: "The operator crash-loops",
  variants: [
    inLoop,
    loops(
      "OOMKilled at every start",
      { operatorPods: [{ ...crashing, ...ended("OOMKilled", 137) }] },
      "keda#4789; keda#5678",
    ),
    loops(
      "before kubelet backs off",
      { operatorPods: [crashingEarly] },
      "kubelet: restartCount and lastState.terminated; kubernetes#100487",
    ),
    loops(
      "no probe, no log",
      { operatorPods: [crashing], operatorPresents: unreachable, log: forbidden },
      "kubelet: container states in the Pod's status",
      {
        unseen: "probe and log",
      },
    ),
    loops("no lease", { operatorPods: [crashing], lease: forbidden }, "kubelet: container states in the Pod's status", {
      unseen: "the lease",
    }),
  ],
  pair: spoiled(inLoop, "operatorPods"),
};

const starting = { operatorPods: [oomKilled(ago(seconds(40)))], operatorPresents: unreachable };
const oom = kind("healthy", nothing("Healthy"), works);
const oomWhileStale = {
  ...plainIncident({ operatorPods: [oomKilled(ago(minutes(3)))] }),
  name: "with a mismatch: the kill was the trigger",
};
const operatorOom: Cause = {
  id: "operator-oom-without-mismatch",
  title: "The operator was OOMKilled, and certificates have no part in it",
  variants: [
    oom("it is back and serves", { operatorPods: [oomKilled(ago(minutes(10)))], log: working }, "keda#4687"),
    oom("killed seven times over weeks", { operatorPods: [oomKilled(ago(minutes(10)), { restarts: 7 })] }, "keda#4789"),
    oom(
      "it is coming back",
      { ...starting, hpas: failing504(["web"], ago(seconds(20))) },
      "keda#5503: 36 s of refusals",
      {
        expected: wait("OperatorStarting"),
      },
    ),
    oom(
      "refused in the log meanwhile",
      {
        operatorPods: [oomKilled(ago(seconds(40)))],
        hpas: failing504(),
        log: networkFailing("dial tcp: connection refused"),
      },
      "keda#6201: 69 s of refusals",
      { expected: wait("OperatorStarting") },
    ),
    oom(
      "it came back seconds ago beside a metrics-apiserver older than the Secret",
      { operatorPods: [oomKilled(ago(seconds(40)))], writtenAt: rotatedAt },
      "oracle M1 client OO, server NN: fails, other rotations: ok; without history only the first connection tells",
      { expected: wait("ConnectionUnproved"), unseen: "history" },
    ),
    oom("no probe", { operatorPods: [oomKilled(ago(minutes(10)))], operatorPresents: timedOut }, "keda#4687", {
      unseen: "the probe",
    }),
  ].map(withoutTruthInMotion),
  pair: {
    fact: "operatorPods",
    one: { ...oomWhileStale, facts: { operatorPods: [oomKilled(ago(minutes(3)))] } },
    other: {
      ...plainIncident({ operatorPods: [crashing] }),
      name: "killed at once",
      expected: refuse("OperatorCrashLooping"),
    },
  },
};

const lateLease = { lease: { renewedAt: ago(minutes(1)) } };
const leaderless = kind("incident", wait("OperatorNotLeading"));
const leading = "keda cmd/operator/main.go: lease operator.keda.sh, 15 s; only the leader listens";
const noLeader = leaderless("x509 in the log of before", lateLease, leading);
const notLeading: Cause = {
  id: "operator-not-leading",
  title: "No operator leads",
  variants: [
    noLeader,
    leaderless("refused in the log", { ...lateLease, log: reset }, leading),
    leaderless("two operators, both Ready", { ...lateLease, operatorPods: [{}, {}] }, leading),
    leaderless(
      "no container runs",
      { operator: { replicas: 1, pods: [] } },
      "kubelet: container states in the Pod's status",
      {
        expected: wait("OperatorNotRunning"),
      },
    ),
    leaderless("no log", { ...lateLease, log: forbidden }, leading, { unseen: "the log" }),
  ],
  pair: spoiled(noLeader, "lease"),
};

const adapterDown = kind("incident", refuse("MetricsApiserverScaledToZero"), hopeless);
const adapterZero = { metricsApiserver: { replicas: 0, pods: [] } };
const noAdapter = adapterDown("scaled to zero", adapterZero, "APIService without endpoints: 503; keda#3643");
const metricsApiserverDown: Cause = {
  id: "metrics-apiserver-down",
  title: "The metrics-apiserver is not there",
  variants: [
    noAdapter,
    adapterDown("scaled to zero, 503", { ...adapterZero, hpas: failing503() }, "keda#3643"),
    adapterDown("crash loop", { adapterPods: [crashing] }, "keda#4388", {
      expected: refuse("MetricsApiserverCrashLooping"),
    }),
    withoutTruth(
      adapterDown(
        "its Pod is gone, another is to come",
        { metricsApiserver: { replicas: 1, pods: [] } },
        "kubelet: a Deployment's Pod that is gone is made again",
        {
          expected: wait("MetricsApiserverNotRunning"),
        },
      ),
    ),
    adapterDown("HPAs forbidden", { ...adapterZero, hpas: forbidden }, "measured with KEDA 2.13.1: scaled to zero", {
      unseen: "HPAs",
    }),
  ],
  pair: spoiled(noAdapter, "metricsApiserver"),
};

const source = kind("healthy", refuse("ScalerSourceFailing"), hopeless);
const measuredHopC = "measured with KEDA 2.13.1: this text crossed hop B; keda#4556";
const notReady = {
  namespace: "shop",
  name: "web",
  ready: "False",
  reason: "TriggerError",
  message: "Triggers defined in ScaledObject are not working correctly",
} as const;
const oneSource = source("one source", { hpas: [...failingScaler(["web"]), ...active(["worker"])] }, measuredHopC);
const scalerSource: Cause = {
  id: "scaler-source",
  title: "The scaler's source gives no metric (hop C)",
  variants: [
    oneSource,
    source("its ScaledObject is not Ready", { hpas: failingScaler(["web"]), scaledObjects: [notReady] }, measuredHopC),
    source("every source, after a rotation", { hpas: failingScaler(), before: [formerPair] }, measuredHopC),
    source(
      "x509 words of the source itself",
      {
        hpas: failingIn(
          "rpc error: code = Unknown desc = error when getting metric values Get https://prometheus: x509: certificate signed by unknown authority",
        ),
      },
      "keda#2490: the scaler's own TLS is hop C",
    ),
    source("no log, no probe", { hpas: failingScaler(), log: forbidden, operatorPresents: timedOut }, measuredHopC, {
      unseen: "log and probe",
    }),
  ],
  pair: {
    fact: "hpas",
    one: { ...oneSource, start: "incident", facts: { hpas: failingScaler(), log: waiting } },
    other: {
      ...oneSource,
      start: "incident",
      facts: { hpas: failing504(), log: waiting },
      expected: wait("HopBSilent"),
      ground: "keda pkg/metricsservice/server.go: only an answer of the operator proves hop B",
    },
  },
};

const orphan = kind("healthy", refuse("ScaledObjectMisconfigured"), hopeless);
const rpc = "rpc error: code = Unknown desc = error when getting metric values";
const gone = orphan(
  "its ScaledObject is gone",
  { hpas: failingIn(`${rpc} error getting scalers ScaledObject.keda.sh "web" not found`) },
  "keda#4088; keda pkg/scaling/scale_handler.go v2.13.1",
);
const scaledObject: Cause = {
  id: "scaled-object-misconfigured",
  title: "An HPA or a ScaledObject is misconfigured",
  variants: [
    gone,
    orphan(
      "as KEDA 2.9 says it",
      { hpas: failingIn(`${rpc} error when getting scalers ScaledObject.keda.sh "" not found`) },
      "keda#4088; keda pkg/scaling/scale_handler.go v2.9.3",
    ),
    orphan("no name in the selector", { hpas: failingIn("scaledObject name is not specified") }, "keda#6337"),
    orphan(
      "a formula without metrics",
      { hpas: failingIn(`${rpc} no metrics found getting metricsArray array s0-prometheus`) },
      "keda pkg/scaling/scale_handler.go v2.13.1",
    ),
    orphan("not in the cache", { hpas: failingIn(`${rpc} scaledObject not found in the cache`) }, "scale_handler.go"),
    orphan("no log", { ...gone.facts, log: forbidden }, "keda#4088", { unseen: "the log" }),
    orphan(
      "beside a source that fails",
      { hpas: [...(hpasOf(gone) ?? []), ...failingScaler(["worker"])] },
      "keda#4556 and keda#4088: two causes at once",
      {
        expected: refuse("ScalerSourceFailing"),
      },
    ),
  ],
  pair: {
    fact: "hpas",
    one: {
      ...gone,
      start: "incident",
      facts: { ...gone.facts, log: tlsFailing() },
      expected: wait("SymptomNotYetSeen"),
      ground: "measured with KEDA 2.13.1: 63 s from the kill to the first 504",
    },
    other: plainIncident({ hpas: failing504(), log: tlsFailing() }),
  },
};

function hpasOf({ facts }: Variant) {
  return Array.isArray(facts.hpas) ? facts.hpas : undefined;
}

type Code = Extract<LayoutRead, { supported: false }>["code"];
interface Refusing {
  readonly detail: string;
  readonly ground: string;
}

function refusedEverywhere(id: string, title: string, code: Code, { detail, ground }: Refusing): Cause {
  const facts: Changes = { layout: { supported: false, code, detail } };
  const at = kind("incident", refuse(code), hopeless);
  const one = at("during the incident", facts, ground);
  return {
    id,
    title,
    variants: [
      one,
      at("with the operator stale", facts, ground, { start: "operatorStale" }),
      at("while nothing fails", facts, ground, { start: "healthy", truth: works }),
      at("no log, no HPAs", { ...facts, log: forbidden, hpas: forbidden }, ground, { unseen: "log and HPAs" }),
    ],
    pair: spoiled(one, "layout"),
  };
}

const openShift = refusedEverywhere("openshift", "OpenShift: each side mounts another Secret", "UnsupportedLayout", {
  detail: "keda-operator mounts keda-operator-certs, keda-metrics-apiserver kedaorg-certs",
  ground: "kedacore/keda-olm-operator: projected volumes of service-ca's Secrets",
});
const providers = refusedEverywhere(
  "other-provider",
  "More than one metrics provider: another one owns the API",
  "NotKedaProvider",
  {
    detail: "the APIService names Service datadog/datadog-cluster-agent-metrics-api",
    ground: "keda#4415; keda#470",
  },
);
const ambiguous = refusedEverywhere(
  "ambiguous-installation",
  "More than one Deployment could be KEDA's",
  "AmbiguousInstallation",
  {
    detail: "two Deployments match",
    ground: "SRE book ch. 7: a target list resolves to exactly one, or nothing is done",
  },
);
const otherNamespace = refusedEverywhere(
  "other-namespace",
  "Another installation serves external metrics",
  "OtherNamespace",
  {
    detail: "the APIService names keda-system",
    ground: "kube-aggregator: one APIService, one Service",
  },
);
const serviceMissing = refusedEverywhere("service-missing", "A Service on the way does not exist", "ServiceMissing", {
  detail: "Service keda/keda-operator does not exist",
  ground: "kube-aggregator remote_available_controller.go: ServiceNotFound; keda#5184",
});

const absent = { apiService: unseen("NotFound", "no such APIService") };
const missing = kind("incident", nothing("KedaNotInstalled"), hopeless);
const noKeda = missing(
  "during what looks like the incident",
  absent,
  "kube-aggregator: no APIService, no external metrics",
);
const notInstalled: Cause = {
  id: "keda-not-installed",
  title: "KEDA is not installed",
  variants: [
    noKeda,
    missing(
      "nothing else there",
      { ...absent, layout: unseen("NotFound", "no Service") },
      "kube-aggregator: no APIService, no external metrics",
      {
        start: "healthy",
      },
    ),
    missing(
      "HPAs that were left",
      { ...absent, hpas: failingIn("the server could not find the requested resource") },
      "keda#470",
    ),
    missing("no right to look", { apiService: forbidden }, "apimachinery errors.go: 403 is not 404", {
      expected: wait("CouldNotLook"),
      unseen: "the APIService",
    }),
    missing("no answer", { apiService: timedOut }, "apimachinery errors.go: no answer is not 404", {
      expected: wait("CouldNotLook"),
      unseen: "the APIService",
    }),
  ],
  pair: spoiled(noKeda, "apiService"),
};

const motion = kind("incident", wait("CertificateIssuing"));
const issuingNow = {
  issuance: { issuing: true, ready: false, message: "Issuing certificate as Secret does not exist" },
};
const issuing = motion("during the incident", issuingNow, "cert-manager: condition Issuing=True");
const certManager: Cause = {
  id: "cert-manager-issuing",
  title: "cert-manager is still issuing",
  variants: [
    issuing,
    motion("with the operator stale", issuingNow, "cert-manager pkg/controller/certificates/issuing", {
      start: "operatorStale",
    }),
    motion("while nothing fails", issuingNow, "cert-manager: condition Issuing=True", { start: "healthy" }),
    motion(
      "no probe, no log",
      { ...issuingNow, operatorPresents: timedOut, log: forbidden },
      "cert-manager: condition Issuing=True",
      {
        unseen: "probe and log",
      },
    ),
    motion(
      "the Certificate is forbidden",
      { issuance: forbidden },
      "cert-manager: the Secret itself is what is mounted",
      {
        expected: restart("MetricsApiserverStale", adapter),
        truth: curedBy("metrics-apiserver"),
        unseen: "the Certificate",
      },
    ),
  ],
  pair: spoiled(issuing, "issuance"),
};

const rolling = motion("metrics-apiserver", { metricsApiserver: { rollout: "running" } }, "kubectl rollout status", {
  expected: wait("RolloutInProgress"),
});
const rollout: Cause = {
  id: "rollout",
  title: "A rollout is under way, or stuck",
  variants: [
    rolling,
    motion("operator", { operator: { rollout: "running" } }, "kubectl rollout status", {
      expected: wait("RolloutInProgress"),
    }),
    motion("stuck", { metricsApiserver: { rollout: "stuck" } }, "kubectl rollout status: ProgressDeadlineExceeded", {
      expected: refuse("RolloutStuck"),
      truth: hopeless,
    }),
    motion("no log", { ...rolling.facts, log: forbidden }, "kubectl rollout status", {
      expected: wait("RolloutInProgress"),
      unseen: "the log",
    }),
  ],
  pair: spoiled(rolling, "metricsApiserver"),
};

const fresh = { writtenAt: ago(seconds(40)), operatorPods: [oomKilled(ago(seconds(35)))] };
const propagating = motion("written 40 s ago", fresh, "kubelet syncFrequency 1 m, jittered to 90 s", {
  expected: wait("SecretPropagating"),
});
const reload = (version: string) => ({
  writtenAt: ago(minutes(3)),
  operatorPods: [{}],
  metricsApiserver: { version },
});
const propagation: Cause = {
  id: "reload-or-propagation",
  title: "The new files are on their way",
  variants: [
    propagating,
    motion(
      "CA of the chart",
      { ...fresh, secret: chart("corpus-fresh"), before: [chart("corpus-fresh-before")] },
      "kubelet",
      {
        expected: wait("SecretPropagating"),
      },
    ),
    motion("KEDA 2.17.2 reloads", reload("2.17.2"), "keda PR#6756, released in v2.17.2", {
      expected: wait("ReloadPending"),
    }),
    motion("KEDA 2.20.2 reloads", reload("2.20.2"), "measured with KEDA 2.20.2: 5 s", {
      expected: wait("ReloadPending"),
    }),
    motion("no probe", { ...fresh, operatorPresents: timedOut }, "kubelet", {
      expected: wait("SecretPropagating"),
      unseen: "the probe",
    }),
  ],
  pair: {
    fact: "metricsApiserver",
    one: motion("2.17.2", reload("2.17.2"), "keda pkg/metricsservice/utils/tls.go v2.17.2", {
      expected: wait("ReloadPending"),
    }),
    other: {
      ...plainIncident(reload("2.17.1")),
      name: "2.17.1",
      ground: "keda pkg/metricsservice/utils/tls.go v2.17.1",
    },
  },
};

const rotations = (count: number) =>
  installation({ rotations: Array.from({ length: count }, (_, i) => ago(minutes((count - i) * 5))) });
const storm = (name: string, facts: Changes, more: Partial<Variant> = {}): Variant => ({
  name,
  start: "incident",
  facts,
  record: { installation: rotations(4) },
  expected: refuse("StormBrake"),
  ground: "keda#6551 and keda#5542: the rotator against GitOps, again and again for minutes",
  ...more,
});
const twoWriters: Cause = {
  id: "two-writers",
  title: "Two writers fight over the Secret (storm brake)",
  variants: [
    storm("the metrics-apiserver is stale", {}),
    storm("the operator is stale", {}, { start: "operatorStale" }),
    storm("service-ca or cert-manager against KEDA's own", {}, { record: { installation: rotations(8) } }),
    storm("no history", { before: [] }, { unseen: "history" }),
    storm(
      "three generations are no storm",
      {},
      {
        record: { installation: rotations(3) },
        expected: restart("MetricsApiserverStale", adapter),
      },
    ),
    storm(
      "a pair that does not fit, left by one of the two",
      { secret: forbidden },
      {
        expected: escalate("MaterialUnseen"),
        unseen: "the Secret",
      },
    ),
  ],
  pair: {
    fact: "record",
    one: storm("four generations", {}),
    other: storm(
      "three",
      {},
      { record: { installation: rotations(3) }, expected: restart("MetricsApiserverStale", adapter) },
    ),
  },
};

export const otherCauses: readonly Cause[] = [
  operatorZero,
  operatorCrash,
  operatorOom,
  notLeading,
  metricsApiserverDown,
  scalerSource,
  scaledObject,
  openShift,
  providers,
  ambiguous,
  otherNamespace,
  serviceMissing,
  notInstalled,
  certManager,
  rollout,
  propagation,
  twoWriters,
];
