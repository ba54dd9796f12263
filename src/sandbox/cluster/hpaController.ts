import { request } from "node:https";
import type { Condition } from "../../ports/cluster.ts";
import { field, textField } from "../apiserver/call.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import { toSecond } from "../stamps.ts";
import type { Cluster } from "./cluster.ts";
import { active, clientError, computeFailed, fetchFailed, inactive, type MetricRef } from "./hpaMessages.ts";

export interface ApiAccess {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** kube-controller-manager's --concurrent-horizontal-pod-autoscaler-syncs. */
const WORKERS = 5;

/** Asks for every HPA's external metric through the API server, over HTTPS as a client of its own, and writes what came of it. */
export class HpaController {
  readonly #cluster: Cluster;
  readonly #access: ApiAccess;
  readonly #queue: string[] = [];
  readonly #busy = new Set<string>();
  #closed = false;

  constructor(cluster: Cluster, access: ApiAccess) {
    this.#cluster = cluster;
    this.#access = access;
    cluster.time.every(cluster.timing.hpaPeriod, () => this.#syncAll());
  }

  close(): void {
    this.#closed = true;
  }

  /** An HPA that still waits for its turn is not queued again. */
  #syncAll(): void {
    for (const { metadata } of this.#cluster.objects.list("horizontalpodautoscalers")) {
      const key = `${metadata.namespace}/${metadata.name}`;
      if (!this.#queue.includes(key) && !this.#busy.has(key)) this.#queue.push(key);
    }
    while (this.#busy.size < WORKERS && this.#queue.length > 0) void this.#work();
  }

  async #work(): Promise<void> {
    for (let key = this.#queue.shift(); key !== undefined && !this.#closed; key = this.#queue.shift()) {
      const [namespace, name = ""] = key.split("/");
      this.#busy.add(key);
      const hpa = this.#cluster.objects.get("horizontalpodautoscalers", { namespace, name });
      if (hpa !== undefined) await this.#sync(hpa);
      this.#busy.delete(key);
    }
  }

  async #sync(hpa: StoredObject): Promise<void> {
    const ref = metricOf(hpa);
    const answer = ref && (await this.#ask(ref));
    if (this.#closed || ref === undefined || answer === undefined) return;
    if (answer.status === 200) this.#succeeded(hpa, ref, answer.body);
    else this.#failed(hpa, ref, clientError(answer.status, answer.body, ref.metric));
  }

  #succeeded(hpa: StoredObject, ref: MetricRef, body: string): void {
    const value = String((JSON.parse(body) as { items: { value: string }[] }).items[0]?.value);
    const matchLabels = { "scaledobject.keda.sh/name": ref.scaledObject };
    const metric = { name: ref.metric, selector: { matchLabels } };
    const currentMetrics = [{ type: "External", external: { metric, current: { averageValue: value } } }];
    this.#write(hpa, { currentMetrics, able: ABLE, active: condition("True", "ValidMetricFound", active(ref)) });
  }

  #failed(hpa: StoredObject, ref: MetricRef, error: string): void {
    const component = "horizontal-pod-autoscaler";
    const { recorder } = this.#cluster;
    const message = fetchFailed(ref, error);
    const type = "Warning";
    recorder.record("horizontalpodautoscalers", hpa, { type, reason: "FailedGetExternalMetric", message, component });
    const reason = "FailedComputeMetricsReplicas";
    recorder.record("horizontalpodautoscalers", hpa, { type, reason, message: computeFailed(ref, error), component });
    const broken = condition("False", "FailedGetExternalMetric", inactive(ref, error));
    this.#write(hpa, { currentMetrics: [{ type: "" }], able: ABLE_TO_GET, active: broken });
  }

  #write(hpa: StoredObject, found: { currentMetrics: unknown; able: Condition; active: Condition }): void {
    this.#cluster.objects.update("horizontalpodautoscalers", hpa.metadata, (now) => {
      const old = (field(now.status, "conditions") ?? []) as readonly Condition[];
      this.#tellChange(now, old, found.active);
      const since = toSecond(this.#cluster.time.now());
      const conditions = [found.able, found.active, WITHIN_RANGE].map((condition) => dated(condition, old, since));
      const status = { currentReplicas: 1, desiredReplicas: 1, currentMetrics: found.currentMetrics, conditions };
      return { ...now, status };
    });
  }

  #tellChange(hpa: StoredObject, old: readonly Condition[], now: Condition): void {
    const before = old.find((condition) => condition.type === "ScalingActive");
    if (before?.message === now.message) return;
    const why = /external metrics API: (.*?)(?: \(get |$)/.exec(now.message ?? "")?.[1];
    const { namespace, name } = hpa.metadata;
    this.#cluster.tell("hpa", `${namespace}/${name}: ${now.reason}${why === undefined ? "" : `: ${why}`}`);
  }

  #ask({ namespace, metric, scaledObject }: MetricRef): Promise<{ status: number; body: string } | undefined> {
    const { server, ca, token } = this.#access;
    const selector = encodeURIComponent(`scaledobject.keda.sh/name=${scaledObject}`);
    const url = `${server}/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric}?labelSelector=${selector}`;
    return new Promise((resolve) => {
      const outgoing = request(url, { ca, agent: false, headers: { authorization: `Bearer ${token}` } }, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += String(chunk)));
        response.once("error", () => resolve(undefined));
        response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      outgoing.on("error", () => resolve(undefined));
      outgoing.end();
    });
  }
}

function metricOf(hpa: StoredObject): MetricRef | undefined {
  const metric = field(hpa.spec, "metrics", "0", "external", "metric");
  const name = textField(metric, "name");
  const scaledObject = textField(metric, "selector", "matchLabels", "scaledobject.keda.sh/name");
  if (name === undefined || scaledObject === undefined) return undefined;
  return { namespace: hpa.metadata.namespace ?? "", metric: name, scaledObject };
}

const condition = (status: string, reason: string, message: string): Condition => ({
  type: "ScalingActive",
  status,
  reason,
  message,
});

const ABLE: Condition = {
  type: "AbleToScale",
  status: "True",
  reason: "ReadyForNewScale",
  message: "recommended size matches current size",
};
const ABLE_TO_GET: Condition = {
  ...ABLE,
  reason: "SucceededGetScale",
  message: "the HPA controller was able to get the target's current scale",
};
const WITHIN_RANGE: Condition = {
  type: "ScalingLimited",
  status: "False",
  reason: "DesiredWithinRange",
  message: "the desired count is within the acceptable range",
};

function dated(condition: Condition, old: readonly Condition[], now: string): Condition {
  const before = old.find(({ type }) => type === condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : now;
  const { type, status, ...words } = condition;
  return { type, status, lastTransitionTime: since ?? now, ...words };
}
