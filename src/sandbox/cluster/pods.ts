import { createHash, randomBytes } from "node:crypto";
import { field } from "../apiserver/call.ts";
import type { StoredObject } from "../apiserver/objects.ts";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const letters = (bytes: Uint8Array): string => [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");

/** `7585f6b5cd`: the name of a ReplicaSet's Pod template. */
export const templateHash = (template: unknown): string =>
  letters(createHash("sha256").update(JSON.stringify(template)).digest().subarray(0, 10));

export interface ReplicaSet {
  readonly name: string;
  readonly uid: string;
  readonly hash: string;
}

/** A Pod of a Deployment, owned by one of its ReplicaSets. */
export function podFor(deployment: StoredObject, replicaSet: ReplicaSet): StoredObject {
  const template = field(deployment.spec, "template");
  const metadata = (field(template, "metadata") ?? {}) as { labels?: object; annotations?: Record<string, string> };
  const { name, uid, hash } = replicaSet;
  return {
    metadata: {
      name: `${name}-${letters(randomBytes(5))}`,
      namespace: deployment.metadata.namespace ?? "",
      labels: { ...metadata.labels, "pod-template-hash": hash },
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ownerReferences: [owner("ReplicaSet", name, uid)],
    },
    spec: { ...(field(template, "spec") as object), nodeName: "node-1" },
  };
}

export const owner = (kind: string, name: string, uid: string, apiVersion = "apps/v1") => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

export const hashOf = (pod: StoredObject): string => pod.metadata.labels?.["pod-template-hash"] ?? "";
