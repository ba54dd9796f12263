import { type Seen, sawAt } from "../../core/seen.ts";
import type { KubeClient } from "./client.ts";
import { missed, parse } from "./look.ts";
import { kubePath } from "./path.ts";

export interface MetricQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly scaledObject: string;
}

/** An HPA's own question has 60 s; one that takes 5 s is already broken. */
const LIMIT = 5000;

/**
 * Asks for one external metric as the HPA controller does. Whatever the metrics side answers is a value, 5xx too;
 * unseen is only what says nothing about it: no answer in time, no right, no token.
 */
export async function lookUpExternalMetric(
  client: KubeClient,
  query: MetricQuery,
): Promise<Seen<{ readonly status: number; readonly detail: string }>> {
  const answer = await client.request({
    method: "GET",
    path: kubePath("apis", "external.metrics.k8s.io", "v1beta1", "namespaces", query.namespace, query.metric),
    query: { labelSelector: `scaledobject.keda.sh/name=${query.scaledObject}` },
    timeout: LIMIT,
    limitBytes: 1024 * 1024,
    retries: 0,
  });
  if (answer.ok) return sawAt({ status: answer.status, detail: describe(answer.body) }, answer.at);
  const { status, detail, kubeStatus } = answer;
  if (status === undefined || status === 401 || status === 403) return missed(answer);
  return sawAt({ status, detail: kubeStatus?.message ?? detail }, client.clock.now());
}

function describe(body: Buffer): string {
  const items = (parse(body) as { items?: { value?: unknown }[] } | undefined)?.items;
  if (!Array.isArray(items)) return "the answer is no list of metric values";
  return items.length === 0 ? "no value" : items.map((item) => String(item?.value)).join(", ");
}
