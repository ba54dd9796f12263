import { toNano } from "../stamps.ts";
import { type Call, field, nameIn } from "./call.ts";
import type { Objects } from "./objects.ts";
import { type Answer, badRequest, notFound } from "./status.ts";

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** Lines of a Pod's present container, undefined while it has none. */
export type LogSource = (podUid: string) => readonly LogLine[] | undefined;

export function podLog(objects: Objects, logs: LogSource, call: Call): Answer {
  const pod = objects.get("pods", { namespace: call.info.namespace, name: nameIn(call) });
  if (pod === undefined) return notFound("pods", nameIn(call));
  const containers = (field(pod.spec, "containers") ?? []) as readonly { readonly name: string }[];
  const container = call.query.get("container") || containers[0]?.name;
  if (!containers.some(({ name }) => name === container)) {
    return badRequest(`container ${container} is not valid for pod ${nameIn(call)}`);
  }
  const lines = logs(pod.metadata.uid ?? "");
  if (lines === undefined) {
    const waiting = `container "${container}" in pod "${nameIn(call)}" is waiting to start: ContainerCreating`;
    return badRequest(waiting);
  }
  return { status: 200, body: cut(lines, call.query), contentType: "text/plain" };
}

/** The text as the API server sends it. */
export const logText = (lines: readonly LogLine[], stamped: boolean): string =>
  lines.map(({ at, text }) => `${stamped ? `${toNano(at)} ` : ""}${text}\n`).join("");

/** First the tail, then the limit: like kubelet, `limitBytes` cuts off the newest lines of the tail, not the oldest. */
function cut(lines: readonly LogLine[], query: URLSearchParams): string {
  const tail = query.get("tailLines");
  const kept = tail === null ? lines : Number(tail) === 0 ? [] : lines.slice(-Number(tail));
  const text = logText(kept, query.get("timestamps") === "true");
  const limit = query.get("limitBytes");
  return limit === null ? text : Buffer.from(text).subarray(0, Number(limit)).toString();
}
