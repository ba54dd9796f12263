/** kube-controller-manager's words about an external metric. */

export interface MetricRef {
  readonly namespace: string;
  readonly metric: string;
  readonly scaledObject: string;
}

const selector = ({ scaledObject }: MetricRef): string =>
  `&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: ${scaledObject},},MatchExpressions:[]LabelSelectorRequirement{},}`;

/** Message of Event FailedGetExternalMetric. */
export const fetchFailed = (ref: MetricRef, error: string): string =>
  `unable to get external metric ${ref.namespace}/${ref.metric}/${selector(ref)}: unable to fetch metrics from external metrics API: ${error}`;

/** Message of Event FailedComputeMetricsReplicas. */
export const computeFailed = (ref: MetricRef, error: string): string =>
  `invalid metrics (1 invalid out of 1), first error is: failed to get ${ref.metric} external metric value: failed to get ${ref.metric} external metric: ${fetchFailed(ref, error)}`;

/** Message of condition ScalingActive=False. */
export const inactive = (ref: MetricRef, error: string): string =>
  `the HPA was unable to compute the replica count: ${fetchFailed(ref, error)}`;

/** Message of condition ScalingActive=True. */
export const active = (ref: MetricRef): string =>
  `the HPA was able to successfully calculate a replica count from external metric ${ref.metric}(${selector(ref)})`;

const GENERIC: Readonly<Record<number, string>> = {
  404: "the server could not find the requested resource",
  429: "the server has received too many requests and has asked us to try again later",
  503: "the server is currently unable to handle the request",
  504: "the server was unable to return a response in the time allotted, but may still be processing the request",
};

/** client-go: a Status with a kind speaks for itself, any other body is replaced by words for the code. */
export function clientError(status: number, body: string, metric: string): string {
  const parsed = parse(body);
  if (parsed?.kind === "Status" && parsed.message !== undefined) return parsed.message;
  const words =
    GENERIC[status] ??
    `an error on the server (${JSON.stringify(body.trim())}) has prevented the request from succeeding`;
  return `${words} (get ${metric}.external.metrics.k8s.io)`;
}

function parse(body: string): { readonly kind?: string; readonly message?: string } | undefined {
  try {
    return JSON.parse(body) as { kind?: string; message?: string };
  } catch {
    return undefined;
  }
}
