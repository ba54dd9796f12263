import type { Image, Images } from "../kubelet/images.ts";
import { hiddenAddress } from "./hidden.ts";

/** KEDA's images, stood for by the binaries of one version. Hidden: the operator's :9666 cannot be dialled at its Pod's address. */
export function kedaImages(version: string, binaries: Readonly<Record<string, string>>, hidden: boolean): Images {
  const binary = (name: string): string => binaries[`keda-${version}/${name}`] ?? name;
  const operator: Image = {
    path: binary("keda-operator"),
    isProgram: (word) => word === "/keda",
    listenOn: (podIP) => [
      `--metrics-service-bind-address=${hidden ? hiddenAddress(podIP) : podIP}:9666`,
      `--health-probe-bind-address=${podIP}:8081`,
      `--metrics-bind-address=${podIP}:18080`,
    ],
  };
  const adapter: Image = {
    path: binary("keda-adapter"),
    isProgram: (word) => word.endsWith("/keda-adapter"),
    listenOn: (podIP, uniquePort) => [`--bind-address=${podIP}`, `--port=${uniquePort}`],
  };
  return {
    "ghcr.io/kedacore/keda": operator,
    "ghcr.io/kedacore/keda-metrics-apiserver": adapter,
    pause: { path: "/bin/sleep", before: ["infinity"] },
  };
}
