import type {
  Component,
  Evidence,
  HopBLog,
  HpaFacts,
  Issuance,
  Layout,
  LayoutRead,
  LeaseFacts,
  MaterialRead,
  PodFacts,
  Presented,
  RawMetric,
  ScaledObjectFacts,
  WorkloadFacts,
} from "../../src/core/evidence.ts";
import { days, type Instant, minutes, seconds } from "../../src/core/instant.ts";
import { type Seen, sawAt, type Unseen, unseen } from "../../src/core/seen.ts";
import { type Pair, past, selfSigned } from "./certificates.ts";
import { active, failing504, idle } from "./hpas.ts";
import { ago, NOW } from "./time.ts";

export const layout: Layout = {
  namespace: "keda",
  operator: "keda-operator",
  metricsApiserver: "keda-metrics-apiserver",
  secretName: "kedaorg-certs",
  dialName: "keda-operator.keda.svc.cluster.local",
  dialPort: 9666,
  serviceName: "keda-operator-metrics-apiserver.keda.svc",
  subPath: false,
};

const shortNames: Readonly<Record<Component, string>> = { operator: "operator", "metrics-apiserver": "adapter" };

/** `operator-1`, `adapter-2`: a Pod that has run for a day without trouble. */
export const pod = (component: Component, index: number, more: Partial<PodFacts> = {}): PodFacts => ({
  name: `${shortNames[component]}-${index}`,
  uid: `uid-${shortNames[component]}-${index}`,
  ip: `10.244.0.${index}`,
  createdAt: more.startedAt ?? ago(days(1)),
  startedAt: ago(days(1)),
  deleting: false,
  ready: true,
  restarts: 0,
  ...more,
});

/** The Pods of one Deployment: what is special about each. */
export type Pods = readonly Partial<PodFacts>[];

/** An OOM kill: the container restarts in place, the Pod stays. */
export const oomKilled = (at: Instant, more: Partial<PodFacts> = {}): Partial<PodFacts> => ({
  createdAt: ago(days(20)),
  startedAt: at + seconds(2),
  restarts: 1,
  lastTermination: { reason: "OOMKilled", exitCode: 137, startedAt: ago(days(20)), finishedAt: at },
  ...more,
});

const workload = (component: Component, name: string, pods: Pods): WorkloadFacts => ({
  component,
  namespace: layout.namespace,
  name,
  uid: `uid-${name}`,
  resourceVersion: "100",
  replicas: pods.length,
  paused: false,
  rollout: "complete",
  version: "2.13.1",
  gracePeriodSeconds: 30,
  memoryLimit: "1000Mi",
  pods: pods.map((more, i) => pod(component, i + 1, more)),
});

/** What differs from a healthy KEDA 2.13.1 that has been running for a day on a Secret written two days ago. */
export interface Changes {
  readonly secret?: Pair | MaterialRead | Unseen;
  readonly writtenAt?: Instant;
  readonly from?: "Secret" | "CertificateRequest";
  readonly keyFits?: Seen<boolean>;
  /** The Service for which OpenShift's service-ca made the Secret. */
  readonly serviceCa?: string;
  /** What the Secret held before, newest first. */
  readonly before?: readonly Pair[];
  readonly operatorPods?: Pods;
  readonly adapterPods?: Pods;
  readonly operator?: Partial<WorkloadFacts> | Unseen;
  readonly metricsApiserver?: Partial<WorkloadFacts> | Unseen;
  /** What each operator Pod shows on :9666: one for all, or one for each. */
  readonly operatorPresents?: Pair | Unseen | readonly (Pair | Unseen)[];
  /** What the metrics-apiserver Pods show on :6443. */
  readonly adapterPresents?: Pair | Unseen;
  /** The log of each metrics-apiserver Pod: one for all, or one for each. */
  readonly log?: HopBLog | Unseen | readonly (HopBLog | Unseen)[];
  readonly hpas?: readonly HpaFacts[] | Unseen;
  readonly complete?: boolean;
  readonly lease?: Partial<LeaseFacts> | Unseen;
  readonly issuance?: Partial<Issuance> | Unseen;
  readonly layout?: Partial<Layout> | LayoutRead | Unseen;
  readonly apiService?: Partial<NonNullable<Extract<Evidence["apiService"], { seen: true }>["value"]>> | Unseen;
  readonly scaledObjects?: readonly ScaledObjectFacts[];
  readonly rawMetric?: RawMetric | Unseen;
  readonly at?: Instant;
}

const isUnseen = (value: unknown): value is Unseen =>
  typeof value === "object" && value !== null && "seen" in value && value.seen === false;
const isPair = (value: unknown): value is Pair =>
  typeof value === "object" && value !== null && "minted" in value && "presented" in value;
const seen = <T>(value: T | Unseen, at: Instant): Seen<T> => (isUnseen(value) ? value : sawAt(value, at));

/** The present pair of every test that does not say otherwise, and the one before it: a re-key, so it breaks the trust. */
export const presentPair = selfSigned("present");
export const formerPair = selfSigned("former");

function materialOf(changes: Changes, at: Instant): Seen<MaterialRead> {
  const secret = changes.secret ?? presentPair;
  if (!isPair(secret)) return seen<MaterialRead>(secret, at);
  return sawAt<MaterialRead>(
    {
      usable: true,
      material: {
        from: changes.from ?? "Secret",
        generation: secret.generation,
        certificates: secret.certificates,
        writtenAt: changes.writtenAt ?? ago(days(2)),
        keyFits: changes.keyFits ?? sawAt(true, at),
        writers: ["cert-manager"],
        ...(changes.serviceCa === undefined ? {} : { serviceCa: changes.serviceCa }),
      },
    },
    at,
  );
}

function workloadOf(
  component: Component,
  changes: Partial<WorkloadFacts> | Unseen | undefined,
  pods: Pods,
  at: Instant,
): Seen<WorkloadFacts> {
  const name = component === "operator" ? layout.operator : layout.metricsApiserver;
  if (isUnseen(changes)) return changes;
  return sawAt({ ...workload(component, name, pods), ...changes }, at);
}

const podNames = (of: Seen<WorkloadFacts>): readonly string[] => (of.seen ? of.value.pods.map((p) => p.name) : []);

function spread<T>(names: readonly string[], values: T | readonly T[]): readonly (readonly [string, T])[] {
  return names.flatMap((name, i) => {
    const value = Array.isArray(values) ? (values as readonly T[])[i] : (values as T);
    return value === undefined ? [] : [[name, value] as const];
  });
}

const presents = (
  names: readonly string[],
  shown: Pair | Unseen | readonly (Pair | Unseen)[],
  at: Instant,
): Readonly<Record<string, Seen<Presented>>> =>
  Object.fromEntries(
    spread(names, shown).map(([name, what]) => [name, isUnseen(what) ? what : sawAt(what.presented, at)]),
  );

function layoutOf(changes: Changes["layout"], at: Instant): Evidence["layout"] {
  if (changes === undefined) return sawAt({ supported: true, layout }, at);
  if (isUnseen(changes)) return changes;
  if ("supported" in changes) return sawAt(changes, at);
  return sawAt({ supported: true, layout: { ...layout, ...changes } }, at);
}

const orUnseen = <T extends object>(changes: Partial<T> | Unseen | undefined, whole: T, at: Instant): Seen<T> =>
  isUnseen(changes) ? changes : sawAt({ ...whole, ...changes }, at);

const apiServiceOf = (changes: Changes, at: Instant): Evidence["apiService"] =>
  orUnseen(
    changes.apiService,
    {
      service: { namespace: "keda", name: "keda-operator-metrics-apiserver" },
      available: "True",
      reason: "Passed",
      message: "all checks passed",
      insecureSkipTlsVerify: false,
      caBundle: (isPair(changes.secret) ? changes.secret : presentPair).certificates.ca,
    },
    at,
  );

const issuanceOf = ({ issuance }: Changes, at: Instant): Evidence["issuance"] =>
  issuance === undefined
    ? unseen("NotAsked", "the Secret is not filled by cert-manager")
    : orUnseen(issuance, { certificate: "keda/certs", issuing: false, ready: true, message: "" }, at);

const hpasOf = ({ hpas = active(), complete = true }: Changes, at: Instant): Evidence["hpas"] =>
  isUnseen(hpas) ? hpas : sawAt({ hpas, complete }, at);

const scaledObjectsOf = ({ scaledObjects }: Changes, at: Instant): Evidence["scaledObjects"] =>
  scaledObjects === undefined ? unseen("NotAsked", "no HPA reports a scaler's error") : sawAt(scaledObjects, at);

/** Evidence of a healthy KEDA, except for what the test says. */
export function evidence(changes: Changes = {}): Evidence {
  const { at = NOW, operatorPods = [{}], adapterPods = [{}], before = [] } = changes;
  const operator = workloadOf("operator", changes.operator, operatorPods, at);
  const metricsApiserver = workloadOf("metrics-apiserver", changes.metricsApiserver, adapterPods, at);
  const present = isPair(changes.secret) ? changes.secret : presentPair;
  const logs = spread(podNames(metricsApiserver), changes.log ?? { established: ago(days(1)) + seconds(5) });
  return {
    at,
    apiService: apiServiceOf(changes, at),
    layout: layoutOf(changes.layout, at),
    material: materialOf(changes, at),
    issuance: issuanceOf(changes, at),
    operator,
    metricsApiserver,
    lease: orUnseen(changes.lease, { holder: "operator-1", renewedAt: at - seconds(2), durationSeconds: 15 }, at),
    operatorPresents: presents(podNames(operator), changes.operatorPresents ?? present, at),
    metricsApiserverPresents: presents(podNames(metricsApiserver), changes.adapterPresents ?? present, at),
    logs: Object.fromEntries(logs.map(([name, log]) => [name, seen<HopBLog>(log, at)])),
    hpas: hpasOf(changes, at),
    scaledObjects: scaledObjectsOf(changes, at),
    rawMetric: seen(changes.rawMetric ?? unseen("NotAsked", "only asked while verifying"), at),
    history: before.map((pair, i) => past(pair, ago(days(30 * (i + 1))))),
  };
}

/** Go's words when a pool of a self-signed leaf meets its re-keyed successor: the incident's own text. */
export const parentCannotSign =
  'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "keda-operator")';

export const tlsFailing = (text: string = parentCannotSign, at: Instant = ago(seconds(20))): HopBLog => ({
  tlsFailure: { at, text },
  timedOut: ago(seconds(25)),
});

export const networkFailing = (text: string, at: Instant = ago(seconds(20))): HopBLog => ({
  networkFailure: { at, text },
});

export const working: HopBLog = { established: ago(minutes(1)) };
/** Requests time out, and nothing else is logged. */
export const waiting: HopBLog = { timedOut: ago(seconds(25)) };

/** The Secret was written two hours ago; the operator was OOM-killed ten minutes ago. */
export const rotatedAt = ago(minutes(120));
export const killedAt = ago(minutes(10));

/** The incident: the operator came back with the new pair, the metrics-apiserver is from before the rotation. */
export const incident = (changes: Changes = {}): Evidence =>
  evidence({
    writtenAt: rotatedAt,
    before: [formerPair],
    operatorPods: [oomKilled(killedAt)],
    log: tlsFailing(),
    hpas: failing504(),
    ...changes,
  });

/** Both sides are from after the rotation, and no HPA is active that could be asked. */
export const bothAnew = (changes: Changes = {}): Evidence =>
  evidence({
    writtenAt: rotatedAt,
    operatorPods: [{ startedAt: ago(minutes(3)) }],
    adapterPods: [{ startedAt: ago(minutes(2)) }],
    hpas: idle(),
    ...changes,
  });

/** The mirror image, the same bytes in the log: a new metrics-apiserver meets an operator from before the rotation. */
export const operatorStale = (changes: Changes = {}): Evidence =>
  incident({
    operatorPods: [{}],
    operatorPresents: formerPair,
    adapterPods: [{ startedAt: ago(minutes(15)) }],
    ...changes,
  });
