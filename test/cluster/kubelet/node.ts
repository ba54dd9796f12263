import { toSecond } from "../../../src/sandbox/stamps.ts";
import type { Api } from "../api/client.ts";
import { node } from "../namespaces/network.ts";

export const kubeletPort = 10_250;

/** Registers this machine as the cluster's one node. */
export async function registerNode(api: Api): Promise<void> {
  const resources = { cpu: "8", memory: "32Gi", pods: "200", "ephemeral-storage": "100Gi" };
  const now = toSecond(Date.now());
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: "ProcessKubelet",
    message: "Pods are processes here",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  await api.create("/api/v1/nodes", {
    metadata: {
      name: node.name,
      labels: { "kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
    },
  });
  await api.patch(`/api/v1/nodes/${node.name}/status`, {
    status: {
      addresses: [
        { type: "InternalIP", address: node.address },
        { type: "Hostname", address: node.name },
      ],
      capacity: resources,
      allocatable: resources,
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      conditions: [
        condition("MemoryPressure", "False"),
        condition("DiskPressure", "False"),
        condition("PIDPressure", "False"),
        condition("Ready", "True"),
      ],
      nodeInfo: {
        architecture: "amd64",
        operatingSystem: "linux",
        osImage: "processes",
        kernelVersion: "",
        kubeletVersion: "v1.36.3",
        kubeProxyVersion: "",
        containerRuntimeVersion: "process://1",
        machineID: "",
        systemUUID: "",
        bootID: "",
      },
    },
  });
}
