import { toSecond } from "../stamps.ts";

export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly containerId: string;
}

/** What kubelet knows of a Pod with one container. */
export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly podIp: string | undefined;
  readonly podStartedAt: number;
  readonly readySince: number | undefined;
  /** When readiness last changed. */
  readonly changedAt: number;
  readonly restarts: number;
  readonly now:
    | { readonly running: { readonly startedAt: number } }
    | { readonly waiting: { readonly reason: string; readonly message?: string } }
    | { readonly terminated: Terminated };
  readonly last: Terminated | undefined;
  readonly containerId: string;
}

const HOST = "10.0.0.2";

/** `status` of the Pod, in the shape of Kubernetes. */
export function podStatus(state: ContainerState): unknown {
  const ready = state.readySince !== undefined;
  return {
    phase: state.podIp === undefined ? "Pending" : "Running",
    conditions: conditions(state, ready),
    hostIP: HOST,
    hostIPs: [{ ip: HOST }],
    ...(state.podIp === undefined ? {} : { podIP: state.podIp, podIPs: [{ ip: state.podIp }] }),
    startTime: toSecond(state.podStartedAt),
    containerStatuses: [containerStatus(state, ready)],
    qosClass: "Burstable",
  };
}

function conditions(state: ContainerState, ready: boolean) {
  const unready = { reason: "ContainersNotReady", message: `containers with unready status: [${state.name}]` };
  const condition = (type: string, status: boolean, since: number) => ({
    type,
    status: status ? "True" : "False",
    lastProbeTime: null,
    lastTransitionTime: toSecond(since),
    ...(status ? {} : unready),
  });
  return [
    condition("PodScheduled", true, state.podStartedAt),
    condition("Initialized", true, state.podStartedAt),
    condition("ContainersReady", ready, state.changedAt),
    condition("Ready", ready, state.changedAt),
  ];
}

function containerStatus(state: ContainerState, ready: boolean) {
  const running = "running" in state.now;
  return {
    name: state.name,
    state: written(state.now),
    lastState: state.last === undefined ? {} : { terminated: terminated(state.last) },
    ready,
    restartCount: state.restarts,
    image: state.image,
    imageID: state.image,
    ...(state.containerId === "" ? {} : { containerID: state.containerId }),
    started: running,
  };
}

function written(now: ContainerState["now"]): unknown {
  if ("running" in now) return { running: { startedAt: toSecond(now.running.startedAt) } };
  return "waiting" in now ? now : { terminated: terminated(now.terminated) };
}

const terminated = ({ containerId, startedAt, finishedAt, ...rest }: Terminated) => ({
  ...rest,
  startedAt: toSecond(startedAt),
  finishedAt: toSecond(finishedAt),
  containerID: containerId,
});
