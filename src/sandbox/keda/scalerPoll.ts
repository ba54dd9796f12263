import { field } from "../apiserver/call.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Environment } from "../cluster/program.ts";
import { zap } from "./klog.ts";
import type { ScalerSource } from "./scaler.ts";

/** The operator's own look at every trigger: what hop C does shows here, what hop B does never. */
export function pollScalers(cluster: Cluster, environment: Environment, scaler: ScalerSource): void {
  const poll = (): void => {
    for (const object of cluster.objects.list("scaledobjects")) look(cluster, environment, { object, scaler });
  };
  environment.time.every(cluster.timing.pollingInterval, poll);
}

function look(
  cluster: Cluster,
  { time, log }: Environment,
  { object, scaler }: { readonly object: StoredObject; readonly scaler: ScalerSource },
): void {
  const metric = String(field(object.status, "externalMetricNames", "0"));
  const answer = scaler.ask(metric);
  const error = "error" in answer ? answer.error : undefined;
  if (error !== undefined) {
    const about = JSON.stringify({ scaledObject: object.metadata.name, error });
    log(zap(time.now(), "ERROR", "scale_handler", `error getting metric for trigger\t${about}`));
    const happening = {
      type: "Warning",
      reason: "KEDAScalerFailed",
      message: error,
      component: "keda-operator",
    } as const;
    cluster.recorder.record("scaledobjects", object, happening);
  }
  cluster.objects.put("scaledobjects", { ...object, status: withReady(object.status, error === undefined) });
}

const READY = {
  type: "Ready",
  status: "True",
  reason: "ScaledObjectReady",
  message: "ScaledObject is defined correctly and is ready for scaling",
};
const FAILING = {
  type: "Ready",
  status: "False",
  reason: "TriggerError",
  message: "Triggers defined in ScaledObject are not working correctly",
};

function withReady(status: unknown, ready: boolean): unknown {
  const conditions = (field(status, "conditions") ?? []) as readonly { readonly type: string }[];
  const changed = conditions.map((condition) => (condition.type === "Ready" ? (ready ? READY : FAILING) : condition));
  return { ...(status as object), conditions: changed };
}
