import type { Certificate, Generation } from "./certificate/certificate.ts";
import type { Instant } from "./instant.ts";
import type { Seen } from "./seen.ts";
import type { MetricFailure } from "./signal.ts";

/** The two parts of KEDA that talk over hop B. */
export type Component = "operator" | "metrics-apiserver";
export const components: readonly Component[] = ["operator", "metrics-apiserver"];

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Who is KEDA here: resolved from the APIService, never from hard-coded names. */
export interface Layout {
  readonly namespace: string;
  readonly operator: string;
  readonly metricsApiserver: string;
  readonly secretName: string;
  /** Host that the metrics-apiserver dials on hop B: the name that the operator's certificate must carry. */
  readonly dialName: string;
  readonly dialPort: number;
  /** Names the component's Service has on hop A: `<service>.<namespace>.svc`. */
  readonly serviceName: string;
  /** True where the Secret's keys are mounted by subPath in this component: files never update in a running Pod. */
  readonly subPath: boolean;
  /** Services of KEDA that have OpenShift's service-ca write this Secret, by their annotation; absent: none. */
  readonly serviceCaFor?: readonly string[];
}

export interface Termination {
  readonly reason: string;
  readonly exitCode: number;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
}

export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly ip?: string;
  readonly createdAt: Instant;
  readonly deleting: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  /** When the running container started; undefined while it does not run. */
  readonly startedAt?: Instant;
  /** Reason of a waiting container, e.g. `CrashLoopBackOff`. */
  readonly waiting?: string;
  readonly lastTermination?: Termination;
  /** Our mark, where it was made from a template that carried it: stays when the template is put back. */
  readonly restarted?: RestartMark;
  /** What of a service mesh stands in its way: the name of the sidecar, or of the annotation that sends its traffic round. */
  readonly mesh?: string;
}

/** What our own patch left on a Pod template and on the Pods made from it. */
export interface RestartMark {
  readonly generation: string;
  readonly at?: Instant;
}

export interface WorkloadFacts {
  readonly component: Component;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly replicas: number;
  readonly paused: boolean;
  /** `complete` as `kubectl rollout status` means it. */
  readonly rollout: "complete" | "running" | "stuck";
  /** KEDA's version by image tag, else by label; undefined when neither is a version. */
  readonly version?: string;
  /** Generation of our last restart, from the Pod template's annotation. */
  readonly restartedFor?: string;
  /** When our last restart was patched, from the Pod template's annotation. */
  readonly restartedAt?: Instant;
  /** `kedamedic.dev/paused` on the Deployment: a person says hands off. */
  readonly pausedByPerson?: string;
  /** `kedamedic.dev/approved` on the Deployment: hash and instant of an approval (design: I6). */
  readonly approval?: { readonly hash: string; readonly at: Instant };
  readonly gracePeriodSeconds: number;
  readonly memoryLimit?: string;
  /** The operator makes and writes the Secret itself (`--enable-cert-rotation`). */
  readonly rotatesCertificates?: true;
  readonly pods: readonly PodFacts[];
}

/** Public half of the Secret as it stands now. */
export interface Material {
  readonly from: "Secret" | "CertificateRequest";
  readonly generation: string;
  readonly certificates: Generation;
  /** When this generation was written, as near as the API tells. */
  readonly writtenAt: Instant;
  /** Whether tls.key belongs to tls.crt; not seen where we may not or need not read it. */
  readonly keyFits: Seen<boolean>;
  /** Managers that wrote the Secret's data, newest first: two of them fighting is a cause of its own. */
  readonly writers: readonly string[];
  /** The Service for which OpenShift's service-ca made the Secret; absent: it did not, or the Secret was not read. */
  readonly serviceCa?: string;
}

/** Why the Secret gives no usable material although we could look. */
export interface MaterialProblem {
  readonly code: "SecretMissing" | "SecretIncomplete" | "SecretUnreadable";
  readonly detail: string;
}

export type MaterialRead =
  | { readonly usable: true; readonly material: Material }
  | ({ readonly usable: false } & MaterialProblem);

/** cert-manager's view of the Certificate behind the Secret. */
export interface Issuance {
  readonly certificate: string;
  readonly issuing: boolean;
  readonly ready: boolean;
  readonly message: string;
}

export interface LeaseFacts {
  readonly holder: string;
  readonly renewedAt: Instant;
  readonly acquiredAt?: Instant;
  readonly durationSeconds: number;
}

/** What a Pod presented on a TLS port: the leaf first, then what else it sent. */
export interface Presented {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
}

export interface LoggedFailure {
  readonly at: Instant;
  /** Innermost text: `x509: ...`, `remote error: tls: ...`, `dial tcp ...`. */
  readonly text: string;
}

/** What the log of one metrics-apiserver container says about hop B (:9666). Only the newest of each kind. */
export interface HopBLog {
  /** "Connection to KEDA Metrics Service gRPC server has been successfully established". */
  readonly established?: Instant;
  readonly tlsFailure?: LoggedFailure;
  readonly networkFailure?: LoggedFailure;
  /** "timeout while waiting to establish gRPC connection to KEDA Metrics Service server". */
  readonly timedOut?: Instant;
  /** "Unable to authenticate the request": hop A's own words, about the certificate that kube-apiserver presents. */
  readonly unauthenticated?: LoggedFailure;
  /** First instant that the part of the log that we read covers. */
  readonly since?: Instant;
}

export interface HpaFacts {
  readonly namespace: string;
  readonly name: string;
  readonly scaledObject?: string;
  readonly metric?: string;
  readonly scalingActive: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly failure?: MetricFailure;
  /** Since when ScalingActive has this status. */
  readonly since: Instant;
  readonly message: string;
  /** Scaled to zero or disabled: tells nothing about metrics. */
  readonly idle: boolean;
}

export interface HpaSample {
  /** HPAs of KEDA that we read (at most 100); `complete` false when there are more. */
  readonly hpas: readonly HpaFacts[];
  readonly complete: boolean;
}

export interface ScaledObjectFacts {
  readonly namespace: string;
  readonly name: string;
  readonly ready: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export interface ApiServiceFacts {
  readonly service: ObjectName;
  readonly available: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly caBundle: readonly Certificate[];
}

/** A generation of certificates seen earlier: public parts only. */
export interface PastGeneration {
  readonly generation: string;
  readonly certificates: Generation;
  readonly writtenAt: Instant;
}

/** Everything that judging may know, gathered before judging starts. */
export interface Evidence {
  /** When the last look-up ended: "now" for everything that compares with the cluster's own clocks. */
  readonly at: Instant;
  readonly apiService: Seen<ApiServiceFacts>;
  readonly layout: Seen<LayoutRead>;
  readonly material: Seen<MaterialRead>;
  readonly issuance: Seen<Issuance>;
  readonly operator: Seen<WorkloadFacts>;
  readonly metricsApiserver: Seen<WorkloadFacts>;
  readonly lease: Seen<LeaseFacts>;
  /** What each operator Pod presents on :9666, by Pod name. */
  readonly operatorPresents: Readonly<Record<string, Seen<Presented>>>;
  /** What each metrics-apiserver Pod presents on :6443, by Pod name. It reloads from disk: tells nothing about hop B. */
  readonly metricsApiserverPresents: Readonly<Record<string, Seen<Presented>>>;
  readonly logs: Readonly<Record<string, Seen<HopBLog>>>;
  readonly hpas: Seen<HpaSample>;
  readonly scaledObjects: Seen<readonly ScaledObjectFacts[]>;
  /** Answer of one raw external-metric GET; asked only while verifying. */
  readonly rawMetric: Seen<RawMetric>;
  /** Earlier generations, newest first, without the present one. */
  readonly history: readonly PastGeneration[];
}

export interface RawMetric {
  readonly metric: string;
  readonly answered: boolean;
  readonly detail: string;
}

/** The layout, or why this KEDA is not one that we may touch. */
export type LayoutRead =
  | { readonly supported: true; readonly layout: Layout }
  | {
      readonly supported: false;
      readonly code:
        | "NotKedaProvider"
        | "UnsupportedLayout"
        | "AmbiguousInstallation"
        | "OtherNamespace"
        | "ServiceMissing";
      readonly detail: string;
    };
