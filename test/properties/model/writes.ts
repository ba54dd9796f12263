import { annotations } from "../../../src/core/annotations.ts";
import { components } from "../../../src/core/evidence.ts";
import type { KubeAnswer, KubeClient, KubeRequest } from "../../../src/edge/kubernetes/client.ts";
import type { Refusal } from "../../../src/edge/kubernetes/refusal.ts";
import { names } from "../../builders/recorded.ts";
import type { Model } from "./cluster.ts";
import { exists } from "./pods.ts";

interface MergePatch {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } };
}

export interface Landed {
  readonly call: KubeRequest;
  /** True when the cluster is changed by it, whatever the caller was told. */
  readonly landed: boolean;
}

const refusal = (reason: Refusal["reason"], status?: number): Refusal => ({
  ok: false,
  reason,
  detail: `${reason}`,
  ...(status === undefined ? {} : { status }),
});

function patchDeployment(model: Model, call: KubeRequest): KubeAnswer {
  const component = components.find((c) => call.path.endsWith(`/deployments/${names[c]}`));
  const { metadata, spec } = call.body as MergePatch;
  if (component === undefined) return refusal("NotFound", 404);
  const d = model.deployment(component);
  // As an API server: what a patch does not name is no precondition.
  if (metadata?.uid !== undefined && metadata.uid !== d.uid) return refusal("Malformed", 409);
  if (metadata?.resourceVersion !== undefined && metadata.resourceVersion !== String(d.resourceVersion))
    return refusal("Malformed", 409);
  const marks = spec?.template?.metadata?.annotations;
  if (marks !== undefined) {
    Object.assign(d.template, marks);
    model.roll(component);
  }
  const body = { metadata: { resourceVersion: String(d.resourceVersion) } };
  return { ok: true, status: 200, body: Buffer.from(JSON.stringify(body)), at: model.now } as KubeAnswer;
}

function deletePod(model: Model, call: KubeRequest): KubeAnswer {
  const name = call.path.split("/").at(-1) ?? "";
  const { uid } = (call.body as { preconditions?: { uid?: string } }).preconditions ?? {};
  const pod = model.pods.find((p) => p.name === name && exists(p, model.now));
  if (pod === undefined) return refusal("NotFound", 404);
  if (uid !== undefined && uid !== pod.uid) return refusal("Malformed", 409);
  model.endPod(name);
  return { ok: true, status: 200, body: Buffer.from("{}"), at: model.now } as KubeAnswer;
}

/** The API server's answer to a write; every call is told to `heard` before its answer is. */
export function apiWrites(model: Model, heard: (call: Landed) => void): KubeClient {
  const answer = (call: KubeRequest): KubeAnswer => {
    if (model.weather.apiDown) return refusal("Unreachable");
    if (model.weather.denied.has("restart")) return refusal("Forbidden", 403);
    return call.method === "DELETE" ? deletePod(model, call) : patchDeployment(model, call);
  };
  return {
    clock: { now: () => model.now },
    request: async (call: KubeRequest) => {
      const told = answer(call);
      heard({ call, landed: told.ok });
      return model.weather.patchAnswerLost ? refusal("Unreachable") : told;
    },
  } as unknown as KubeClient;
}

export const marksOf = (call: KubeRequest): Record<string, string> =>
  (call.body as MergePatch).spec?.template?.metadata?.annotations ?? {};
export const guardOf = (call: KubeRequest): MergePatch["metadata"] => (call.body as MergePatch).metadata;
export const ownMarks: readonly string[] = [annotations.restartedFor, annotations.restartedAt, annotations.incident];
