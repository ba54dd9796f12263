/** How long things take, in the world's milliseconds. Defaults are what a real cluster does. */
export interface Timing {
  /** kube-controller-manager's --horizontal-pod-autoscaler-sync-period. */
  readonly hpaPeriod: number;
  /** Request limit of the metrics-apiserver. */
  readonly requestTimeout: number;
  /** From a Secret's write to new files in running Pods. */
  readonly propagationDelay: number;
  /** From a Pod's or container's creation to its program's start. */
  readonly containerStartDelay: number;
  /** cainjector: from the Secret's write to the new caBundle. */
  readonly caInjectionDelay: number;
  /** Leader election of the operator. */
  readonly leaseDuration: number;
  readonly leaseRetry: number;
  /** gRPC: pause after the first failed attempt, its growth, its limit, and the limit of one attempt. */
  readonly grpcBackoff: { readonly base: number; readonly factor: number; readonly max: number };
  readonly grpcConnectTimeout: number;
  /** kubelet's pause before the second restart of a crashing container; doubles up to the limit. */
  readonly crashBackoff: { readonly base: number; readonly max: number };
  /** How often the operator looks at the scalers itself. */
  readonly pollingInterval: number;
  /** terminationGracePeriodSeconds of the metrics-apiserver; the operator's is a third of it, as in KEDA's YAML. */
  readonly gracePeriodSeconds: number;
  /** progressDeadlineSeconds of the Deployments. */
  readonly progressDeadlineSeconds: number;
}

export const realTiming: Timing = {
  hpaPeriod: 15_000,
  requestTimeout: 60_000,
  propagationDelay: 60_000,
  containerStartDelay: 1_500,
  caInjectionDelay: 1_000,
  leaseDuration: 15_000,
  leaseRetry: 2_000,
  grpcBackoff: { base: 1_000, factor: 1.6, max: 120_000 },
  grpcConnectTimeout: 20_000,
  crashBackoff: { base: 10_000, max: 300_000 },
  pollingInterval: 30_000,
  gracePeriodSeconds: 30,
  progressDeadlineSeconds: 600,
};

/** For worlds whose clock must not run fast (`speed` 1): the same proportions, a second instead of a minute or so. */
export const fastTiming: Timing = {
  hpaPeriod: 200,
  requestTimeout: 400,
  propagationDelay: 150,
  containerStartDelay: 20,
  caInjectionDelay: 15,
  leaseDuration: 200,
  leaseRetry: 30,
  grpcBackoff: { base: 20, factor: 1.6, max: 400 },
  grpcConnectTimeout: 250,
  crashBackoff: { base: 150, max: 1_000 },
  pollingInterval: 300,
  gracePeriodSeconds: 1,
  progressDeadlineSeconds: 10,
};
