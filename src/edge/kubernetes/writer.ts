import { annotations, fieldManager } from "../../core/annotations.ts";
import { formatInstant } from "../../core/instant.ts";
import type { ClusterWriter, Patched, RestartPatch } from "../../ports/cluster.ts";
import type { KubeAnswer, KubeClient } from "./client.ts";
import { parse } from "./look.ts";
import { kubePath } from "./path.ts";
import type { Refusal } from "./refusal.ts";

/** One object as it was when it was read: a write is refused when it has changed since, or is another of the same name. */
export interface Guarded {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Annotations to set on a Deployment's own metadata; `null` takes one away. Starts no rollout. */
export interface AnnotationPatch extends Guarded {
  readonly annotations: Readonly<Record<string, string | null>>;
}

/** Every write to the cluster. Sent once, never repeated: after `Unreachable` nobody knows, so look again. */
export function clusterWriter(client: KubeClient): ClusterWriter {
  return {
    restart: (patch) =>
      patchDeployment(client, patch, { spec: { template: { metadata: { annotations: restartAnnotations(patch) } } } }),
    async endPod({ namespace, name, uid }) {
      const answer = await client.request({
        method: "DELETE",
        path: kubePath("api", "v1", "namespaces", namespace, "pods", name),
        body: { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 1, preconditions: { uid } },
      });
      return patched(answer);
    },
  };
}

/** Sets annotations on a Deployment's metadata: what approving and pausing come down to. */
export const annotateDeployment = (client: KubeClient, patch: AnnotationPatch): Promise<Patched> =>
  patchDeployment(client, patch, { metadata: { annotations: patch.annotations } });

const restartAnnotations = (patch: RestartPatch): Record<string, string> => ({
  [annotations.restartedFor]: patch.generation,
  [annotations.restartedAt]: formatInstant(patch.at),
  [annotations.incident]: patch.incident,
});

async function patchDeployment(
  client: KubeClient,
  { namespace, name, uid, resourceVersion }: Guarded,
  change: { readonly metadata?: object; readonly spec?: object },
): Promise<Patched> {
  const answer = await client.request({
    method: "PATCH",
    path: kubePath("apis", "apps", "v1", "namespaces", namespace, "deployments", name),
    query: { fieldManager },
    contentType: "application/merge-patch+json",
    body: { ...change, metadata: { ...change.metadata, uid, resourceVersion } },
  });
  return patched(answer);
}

function patched(answer: KubeAnswer): Patched {
  if (!answer.ok) return { patched: false, reason: failure(answer), detail: answer.detail };
  const object = parse(answer.body) as { metadata?: { resourceVersion?: string } } | undefined;
  return { patched: true, resourceVersion: object?.metadata?.resourceVersion ?? "" };
}

type Failure = Extract<Patched, { patched: false }>["reason"];

function failure(refusal: Refusal): Failure {
  if (refusal.status === 409 || otherObject(refusal)) return "Conflict";
  if (refusal.reason === "NotFound") return "NotFound";
  if (refusal.reason === "Forbidden" || refusal.reason === "Unauthorized") return "Forbidden";
  return refusal.reason === "Unreachable" || refusal.reason === "Timeout" ? "Unreachable" : "Rejected";
}

/** A patch that names the UID of an object that is gone is "invalid" to the API server: the field is immutable. */
const otherObject = ({ status, kubeStatus }: Refusal): boolean =>
  status === 422 && (kubeStatus?.details?.causes ?? []).some((cause) => cause.field === "metadata.uid");
