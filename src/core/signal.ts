/** What an HPA's message says about the hop that failed, by the status words of the Kubernetes REST client. */
export type MetricFailure =
  /** 504 "unable to return a response in the time allotted": the metrics-apiserver waits for the operator (hop B), or is slow. */
  | "Timeout"
  /** 503 "currently unable to handle the request": kube-apiserver cannot reach the metrics-apiserver (hop A). Never hop B. */
  | "Unavailable"
  /** "rpc error: code = Unknown desc = error when getting metric values ...": the operator answered, so hop B works (hop C). */
  | "Scaler"
  | "Other";

/** What an event means to us. Signals wake us up; they never decide. */
export type Signal =
  | { readonly kind: "SecretChanged"; readonly namespace: string; readonly name: string }
  | { readonly kind: "CertificateChanged"; readonly namespace: string; readonly name: string }
  | { readonly kind: "PodChanged"; readonly namespace: string; readonly name: string }
  | { readonly kind: "WorkloadChanged"; readonly namespace: string; readonly name: string; readonly what: string }
  | {
      readonly kind: "MetricFailed";
      readonly namespace: string;
      readonly hpa: string;
      readonly scaledObject?: string;
      readonly failure: MetricFailure;
    }
  | { readonly kind: "ScalerFailed"; readonly namespace: string; readonly scaledObject: string }
  /** restart reports what it did; the incident is named by the event's subject. */
  | { readonly kind: "RestartReported"; readonly incident: string; readonly report: RestartReport }
  | { readonly kind: "Tick" };

/** What restart tells respond. Nothing in it is believed without looking: it names an incident to look at again. */
export interface RestartReport {
  readonly component: "operator" | "metrics-apiserver";
  readonly generation: string;
  readonly result: "performed" | "refused";
  readonly code: string;
  readonly sentence: string;
}

/** An event that is none of ours, and why: counted by code, never stored. */
export interface NotOurs {
  readonly kind: "NotOurs";
  readonly code:
    | "ForeignType"
    | "ForeignKind"
    | "ForeignReason"
    | "OwnWrite"
    | "DeletedEvent"
    /** A Secret sent whole (ApiServerSource in Resource mode): discarded unread, reported by this code. */
    | "SecretInResourceMode";
}
