import { fileURLToPath } from "node:url";
import type { Images } from "../kubelet/images.ts";

export const functions = ["respond", "restart", "sweep"] as const;
export type FunctionName = (typeof functions)[number];

/** Not 8080: Knative's adapters answer probes there at all addresses. */
export const functionPort = 8088;

/** Through the cluster's DNS and the function's Service. */
export const functionUrl = (name: FunctionName): string => `http://keda-medic-${name}.keda-medic.svc.cluster.local/`;

const file = (name: FunctionName): string =>
  fileURLToPath(new URL(`../../../functions/knative/${name}.ts`, import.meta.url));

const program = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

/** keda-medic's image and its three functions by themselves, and Knative's source adapter. */
export function medicImages(binaries: Readonly<Record<string, string>>): Images {
  const own = functions.map((name) => [
    `keda-medic/${name}`,
    {
      path: process.execPath,
      before: ["--no-warnings", file(name)],
      env: (podIP: string) => ({ HOST: podIP, PORT: String(functionPort) }),
    },
  ]);
  return {
    ...Object.fromEntries(own),
    "keda-medic": {
      path: process.execPath,
      before: ["--no-warnings", program],
      env: (podIP: string) => ({ HOST: podIP }),
    },
    "knative/apiserver_receive_adapter": {
      path: binaries["eventing/apiserver_receive_adapter"] ?? "apiserver_receive_adapter",
      env: (_podIP: string, uniquePort: number) => ({ METRICS_PROMETHEUS_PORT: String(uniquePort) }),
    },
  };
}
