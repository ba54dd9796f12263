import { toSecond } from "../../../src/sandbox/stamps.ts";
import type { Loose } from "../api/client.ts";
import { node } from "../namespaces/network.ts";

/** One container as its worker knows it. */
export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly state: Loose;
  readonly lastState: Loose;
  readonly id: string;
}

export interface PodState {
  readonly pod: Loose;
  readonly podIP: string;
  readonly startedAt: number;
  readonly containers: readonly ContainerState[];
}

export function podStatus(now: PodState): Loose {
  const ready = now.containers.every((container) => container.ready);
  return {
    phase: "Running",
    hostIP: node.address,
    hostIPs: [{ ip: node.address }],
    podIP: now.podIP,
    podIPs: [{ ip: now.podIP }],
    startTime: toSecond(now.startedAt),
    observedGeneration: now.pod.metadata.generation,
    conditions: conditions(now.pod.status?.conditions ?? [], ready),
    containerStatuses: now.containers.map((container) => ({
      name: container.name,
      image: container.image,
      imageID: container.image,
      containerID: `process://${container.id}`,
      ready: container.ready,
      started: container.state.running !== undefined,
      restartCount: container.restarts,
      state: container.state,
      lastState: container.lastState,
    })),
    qosClass: now.pod.status?.qosClass ?? "Burstable",
  };
}

function conditions(before: readonly Loose[], ready: boolean): Loose[] {
  const entries: [string, boolean][] = [
    ["PodReadyToStartContainers", true],
    ["Initialized", true],
    ["Ready", ready],
    ["ContainersReady", ready],
    ["PodScheduled", true],
  ];
  return entries.map(([type, holds]) => {
    const status = holds ? "True" : "False";
    const old = before.find((condition) => condition.type === type && condition.status === status);
    const why = holds ? {} : { reason: "ContainersNotReady", message: "containers are not ready" };
    return { type, status, lastTransitionTime: old?.lastTransitionTime ?? toSecond(Date.now()), ...why };
  });
}
