/** One way to reach each reason code, through the same calls as in production. */
import { diagnose } from "../../src/core/diagnose.ts";
import type { Evidence, PodFacts } from "../../src/core/evidence.ts";
import { days, hours, type Instant, minutes, seconds } from "../../src/core/instant.ts";
import { sawAt, unseen } from "../../src/core/seen.ts";
import { acting, type Given, installation, judge, opened, policy } from "../builders/casefile.ts";
import { chart, mixedPair, nextLeaf, selfSigned, serverOnly } from "../builders/certificates.ts";
import {
  evidence,
  formerPair,
  incident,
  networkFailing,
  oomKilled,
  operatorStale,
  pod,
  presentPair,
  rotatedAt,
  tlsFailing,
  waiting,
} from "../builders/evidence.ts";
import { active, failing503, failing504, failingIn, failingOther, failingScaler } from "../builders/hpas.ts";
import { afterRestart, afterStepOne, halfDone, performed, restarted } from "../builders/plans.ts";
import { ago, NOW } from "../builders/time.ts";

const forbidden = unseen("Forbidden", "get on it is forbidden");
const refused = unseen("Unreachable", "connection refused");
const unsupported = (
  code: "NotKedaProvider" | "UnsupportedLayout" | "AmbiguousInstallation" | "OtherNamespace" | "ServiceMissing",
) => evidence({ layout: { supported: false, code, detail: "As the layout says." } });

const noSuchScaledObject =
  'rpc error: code = Unknown desc = error when getting metric values error getting scalers ScaledObject.keda.sh "web" not found';
const forbiddenWords =
  's0-prometheus.external.metrics.k8s.io is forbidden: User "system:serviceaccount:kube-system:horizontal-pod-autoscaler" cannot list resource "s0-prometheus" in API group "external.metrics.k8s.io" in the namespace "shop"';
const chartA = chart("a");
const leafExpired = selfSigned("leaf-expired", { notBefore: ago(days(400)), notAfter: ago(days(1)) });
const caExpired = chart("ca-expired", { caNotAfter: ago(days(1)) });
const notYet = selfSigned("not-yet", { notBefore: NOW + minutes(5) });
const otherName = selfSigned("other-name", { dnsNames: ["keda-operator.other.svc"] });
const oldLeaf = nextLeaf(chartA, "old-leaf");
const expiredLeaf = nextLeaf(chartA, "expired-leaf", { notBefore: ago(days(400)), notAfter: ago(minutes(30)) });
const unreadable = (code: "SecretMissing" | "SecretIncomplete" | "SecretUnreadable") =>
  evidence({ secret: { usable: false, code, detail: "As reading it said." } });

const crashing = {
  startedAt: ago(seconds(10)),
  createdAt: ago(minutes(3)),
  ready: false,
  restarts: 5,
  waiting: "CrashLoopBackOff",
  lastTermination: { reason: "OOMKilled", exitCode: 137, finishedAt: ago(seconds(30)) },
};

const evidences: Readonly<Record<string, () => Evidence>> = {
  Healthy: () => evidence(),
  CouldNotLook: () => evidence({ layout: unseen("Timeout", "the API server did not answer within 5 s") }),
  KedaNotInstalled: () => evidence({ apiService: unseen("NotFound", "no such APIService") }),
  NotKedaProvider: () => unsupported("NotKedaProvider"),
  UnsupportedLayout: () => unsupported("UnsupportedLayout"),
  AmbiguousInstallation: () => unsupported("AmbiguousInstallation"),
  OtherNamespace: () => unsupported("OtherNamespace"),
  ServiceMissing: () => unsupported("ServiceMissing"),
  MaterialUnseen: () => incident({ secret: forbidden }),
  SecretMissing: () => unreadable("SecretMissing"),
  SecretIncomplete: () => unreadable("SecretIncomplete"),
  SecretUnreadable: () => unreadable("SecretUnreadable"),
  SecretLeafExpired: () => evidence({ secret: leafExpired }),
  SecretCaExpired: () => evidence({ secret: caExpired }),
  SecretNotYetValid: () => evidence({ secret: notYet }),
  SecretNameMismatch: () => evidence({ secret: otherName }),
  SecretUsageWrong: () => evidence({ secret: serverOnly() }),
  SecretLeafNotSignedByCa: () => evidence({ secret: mixedPair(presentPair, formerPair) }),
  SecretKeyMismatch: () => evidence({ keyFits: sawAt(false, NOW) }),
  OperatorScaledToZero: () => evidence({ operator: { replicas: 0, pods: [] } }),
  OperatorCrashLooping: () => evidence({ operatorPods: [crashing] }),
  OperatorNotRunning: () => evidence({ operator: { replicas: 1, pods: [] } }),
  OperatorNotLeading: () => evidence({ lease: { renewedAt: ago(minutes(1)) } }),
  OperatorStarting: () => evidence({ operatorPods: [oomKilled(ago(seconds(30)))], operatorPresents: refused }),
  MetricsApiserverScaledToZero: () => evidence({ metricsApiserver: { replicas: 0, pods: [] } }),
  MetricsApiserverCrashLooping: () => evidence({ adapterPods: [crashing] }),
  MetricsApiserverNotRunning: () => evidence({ metricsApiserver: { replicas: 1, pods: [] } }),
  CertificateIssuing: () => incident({ issuance: { issuing: true } }),
  RolloutInProgress: () => incident({ metricsApiserver: { rollout: "running" } }),
  RolloutStuck: () => incident({ metricsApiserver: { rollout: "stuck" } }),
  SecretPropagating: () => incident({ writtenAt: ago(seconds(40)), operatorPods: [oomKilled(ago(seconds(35)))] }),
  ReloadPending: () =>
    incident({ writtenAt: ago(minutes(3)), operatorPods: [{}], metricsApiserver: { version: "2.17.2" } }),
  HopASettling: () => evidence({ writtenAt: ago(seconds(30)), hpas: failing503(["web"], ago(seconds(20))) }),
  ApiServiceCaBundleStale: () => evidence({ hpas: failing503(), apiService: { caBundle: formerPair.certificates.ca } }),
  ApiServiceUnavailable: () =>
    evidence({ hpas: failing503(), apiService: { available: "False", reason: "MissingEndpoints", message: "none" } }),
  HopAFailing: () => evidence({ hpas: failing503() }),
  ScalerSourceFailing: () => evidence({ hpas: failingScaler(["web"]) }),
  OtherMetricFailure: () => evidence({ hpas: failingOther(["web"]) }),
  ScaledObjectMisconfigured: () => evidence({ hpas: failingIn(noSuchScaledObject) }),
  FrontProxyDistrusted: () =>
    evidence({
      hpas: failing503(),
      layout: { serviceName: "keda-operator-metrics-apiserver.keda.svc" },
      log: { unauthenticated: { at: ago(seconds(20)), text: "verifying certificate SN=1 failed: x509: unknown" } },
    }),
  HopAUnauthorized: () => evidence({ hpas: failingIn("Unauthorized") }),
  TwoIssuers: () =>
    incident({ writtenAt: ago(minutes(12)), operator: { rotatesCertificates: true }, issuance: { ready: true } }),
  HopBMeshed: () =>
    incident({
      adapterPods: [{ mesh: "istio-proxy" }],
      log: tlsFailing("tls: first record does not look like a TLS handshake"),
    }),
  HopBNotTls: () => incident({ log: tlsFailing("tls: first record does not look like a TLS handshake") }),
  HopAForbidden: () => evidence({ hpas: failingIn(forbiddenWords) }),
  HopBProxied: () =>
    incident({ log: networkFailing('failed to do connect handshake, response: \\"HTTP/1.1 502 Bad Gateway') }),
  LogsUnseen: () => incident({ log: forbidden }),
  HopBNetwork: () => incident({ log: networkFailing("dial tcp 10.0.201.232:9666: connect: connection refused") }),
  SymptomsUnseen: () => incident({ hpas: forbidden }),
  SymptomNotYetSeen: () => incident({ hpas: active() }),
  ProbeUnreachable: () => incident({ operatorPresents: refused }),
  SafeLeafButFailing: () =>
    incident({
      secret: chartA,
      operatorPresents: oldLeaf,
      operatorPods: [{}],
      before: [oldLeaf],
      adapterPods: [{ startedAt: ago(minutes(20)) }],
    }),
  FreshPairFails: () => incident({ adapterPods: [{ startedAt: ago(minutes(20)) }] }),
  TextContradicts: () => incident({ log: tlsFailing("x509: certificate signed by unknown authority") }),
  NobodyStale: () =>
    incident({
      metricsApiserver: { pods: [notRunning(), pod("metrics-apiserver", 2, { startedAt: ago(minutes(20)) })] },
      log: [tlsFailing(), { established: ago(minutes(5)) }],
    }),
  MetricsApiserverStale: () => incident(),
  MetricsApiserversMixed: () =>
    incident({
      adapterPods: [{}, { startedAt: ago(minutes(20)) }],
      log: [tlsFailing(), { established: ago(minutes(5)) }],
    }),
  OperatorStale: () => operatorStale(),
  BothStale: () => operatorStale({ adapterPods: [{ startedAt: ago(days(1)) }] }),
  ExpiredInMemory: () =>
    incident({
      secret: chartA,
      operatorPods: [{}],
      operatorPresents: expiredLeaf,
      before: [expiredLeaf],
      log: tlsFailing(
        `x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after 2026-11-23T16:35:00Z`,
      ),
    }),
  HopBSilent: () => incident({ log: waiting, hpas: failing504(["web"], ago(minutes(2))) }),
  HopBUnexplained: () => incident({ log: waiting, hpas: failing504(["web"], ago(minutes(8))), lease: forbidden }),
  GrpcStuck: () => incident({ log: waiting, hpas: failing504(["web"], ago(minutes(8))) }),
  LatentMismatch: () => evidence({ writtenAt: rotatedAt, before: [formerPair], operatorPresents: formerPair }),
  ConnectionUnproved: () => evidence({ writtenAt: rotatedAt, operatorPods: [oomKilled(ago(seconds(40)))] }),
  SafeRotation: () => evidence({ secret: chartA, writtenAt: rotatedAt, before: [oldLeaf], operatorPresents: oldLeaf }),
};

/** Its container ended after it had logged the failure, and has not come back yet. */
function notRunning(): PodFacts {
  const { startedAt: _ended, ...rest } = pod("metrics-apiserver", 1);
  return rest;
}

const stuck = policy({ restartOnStuckConnection: true });
const reservation = (at: Instant, generation = formerPair.generation) => ({
  generation,
  components: ["metrics-apiserver"] as const,
  cause: "MetricsApiserverStale",
  at,
});

const decisions: Readonly<Record<string, () => Given>> = {
  GrpcStuckRestart: () => ({ evidence: evidencesOf("GrpcStuck"), policy: stuck }),
  PausedByAnnotation: () => ({ evidence: incident({ metricsApiserver: { pausedByPerson: "load test" } }) }),
  DeploymentPaused: () => ({ evidence: incident({ metricsApiserver: { paused: true } }) }),
  BreakerOpen: () => ({
    evidence: incident(),
    installation: installation({ breaker: [presentPair.generation] }),
  }),
  RestartUnderWay: () => ({
    evidence: incident({ metricsApiserver: { ...restarted, restartedAt: ago(minutes(2)) } }),
  }),
  AlreadyRestarted: () => ({
    evidence: incident({ metricsApiserver: { ...restarted, restartedAt: ago(hours(2)) } }),
  }),
  StormBrake: () => ({
    evidence: incident(),
    installation: installation({ rotations: [4, 3, 2, 1].map((n) => ago(minutes(n * 5))) }),
  }),
  BudgetSpent: () => ({
    evidence: incident(),
    installation: installation({ reservations: [50, 40, 30].map((n) => reservation(ago(minutes(n)), `g${n}`)) }),
  }),
  CoolDown: () => ({
    evidence: incident(),
    installation: installation({ reservations: [reservation(ago(minutes(10)))] }),
  }),
  OutsideMaintenanceWindow: () => ({
    evidence: incident(),
    policy: policy({ maintenanceWindow: { from: 2 * 60, to: 4 * 60 } }),
  }),
  WaitedTooLong: () => ({
    evidence: incident({ issuance: { issuing: true } }),
    incident: opened({ waitingSince: ago(minutes(11)) }),
  }),
  RestartNotPerformed: () => ({
    evidence: incident(),
    incident: opened({
      phase: "acting",
      effects: [
        {
          id: "restart",
          kind: "requestRestart",
          type: "dev.kedamedic.restart.requested.v1",
          component: "metrics-apiserver",
          createdAt: ago(minutes(11)),
          attempts: 11,
        },
      ],
    }),
  }),
  PlanStepOne: () => ({ evidence: afterStepOne({ operatorPresents: refused }), incident: halfDone(ago(minutes(2))) }),
  PlanStepTwo: () => ({ evidence: afterStepOne(), incident: halfDone(ago(minutes(2))) }),
  PlanInterrupted: () => ({
    evidence: afterStepOne({ keyFits: sawAt(false, NOW) }),
    incident: halfDone(ago(minutes(2))),
  }),
  PausedInPlan: () => ({
    evidence: afterStepOne({ metricsApiserver: { pausedByPerson: "hands off" } }),
    incident: halfDone(ago(minutes(2))),
  }),
  Verifying: () => ({
    evidence: afterRestart(ago(minutes(2)), failing504()),
    incident: performed(ago(minutes(2))),
  }),
  RecoverySeenOnce: () => ({ evidence: afterRestart(ago(minutes(2))), incident: performed(ago(minutes(2))) }),
  Recovered: () => ({
    evidence: afterRestart(ago(minutes(2))),
    incident: performed(ago(minutes(2)), { recoverySeenAt: ago(seconds(20)) }),
  }),
  NotRecovered: () => ({
    evidence: afterRestart(ago(minutes(8)), failing504()),
    incident: performed(ago(minutes(8))),
  }),
};

function evidencesOf(code: string): Evidence {
  const build = evidences[code];
  if (build === undefined) throw new Error(`no evidence for ${code}`);
  return build();
}

/** Code -> the code that its way really ends in. Codes of causes are reached by diagnose(), all others by decide(). */
export const ways: ReadonlyMap<string, () => string> = new Map([
  ...Object.keys(evidences).map((code) => [code, () => diagnose(evidencesOf(code), acting).code] as const),
  ...Object.entries(decisions).map(([code, given]) => [code, () => judge(given()).decision.code] as const),
]);

/** Every evidence of the table above, by the code that it leads to. */
export const exampleEvidence = (): readonly (readonly [string, Evidence])[] =>
  Object.entries(evidences).map(([code, build]) => [code, build()] as const);
