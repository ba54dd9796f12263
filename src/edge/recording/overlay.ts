import { annotations } from "../../core/annotations.ts";
import type { Snapshot } from "./snapshot.ts";

export interface ReplayedRestart {
  readonly namespace: string;
  readonly name: string;
  readonly generation: string;
  readonly at: number;
}

type Json = Readonly<Record<string, unknown>>;
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

function marked(deployment: unknown, restart: ReplayedRestart, snapshotAt: number): unknown {
  const { metadata, spec, status } = object(deployment) as { metadata: Json; spec: Json; status: Json };
  if (metadata["name"] !== restart.name || metadata["namespace"] !== restart.namespace) return deployment;
  const template = object(spec["template"]);
  const templateMetadata = object(template["metadata"]);
  const ours = {
    [annotations.restartedFor]: restart.generation,
    [annotations.restartedAt]: new Date(restart.at).toISOString(),
  };
  const next = { ...templateMetadata, annotations: { ...object(templateMetadata["annotations"]), ...ours } };
  // Until the next snapshot shows its outcome, a restart that we decided on is a rollout that has begun.
  const running = snapshotAt <= restart.at ? { generation: Number(metadata["generation"] ?? 0) + 1 } : {};
  return {
    ...object(deployment),
    metadata: { ...metadata, ...running },
    spec: { ...spec, template: { ...template, metadata: next } },
    status,
  };
}

/** A snapshot as it would look had we restarted what we decided to restart: our mark on the Pod template, nothing else. */
export function withRestarts(snapshot: Snapshot, restarts: readonly ReplayedRestart[]): Snapshot {
  const deployments = object(snapshot.content["deployments"]);
  const items = Array.isArray(deployments["items"]) ? deployments["items"] : [];
  const next = restarts.reduce(
    (all: readonly unknown[], restart) => all.map((d) => marked(d, restart, snapshot.at)),
    items,
  );
  return { ...snapshot, content: { ...snapshot.content, deployments: { ...deployments, items: next } } };
}
