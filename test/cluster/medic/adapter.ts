import type { Loose } from "../api/client.ts";

/** An ApiServerSource as far as its adapter is told about it. */
export interface Adapted {
  readonly name: string;
  /** Its own. */
  readonly namespace: string;
  readonly mode: "Reference" | "Resource";
  readonly resources: readonly { readonly apiVersion: string; readonly resource: string }[];
  /** The only namespace that it watches; undefined: all. */
  readonly only: string | undefined;
}

function versionOf({ apiVersion, resource }: Adapted["resources"][number]): Loose {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return { gvr: { Group: group, Version: version, Resource: resource } };
}

/** The real adapter's container, with the environment that Knative's controller gives it. */
export function adapterContainer({ name, namespace, mode, resources, only }: Adapted, sink: string): Loose {
  const config = {
    namespaces: [only ?? ""],
    allNamespaces: only === undefined,
    resources: resources.map(versionOf),
    mode,
  };
  const variables = {
    K_SINK: sink,
    K_SOURCE_CONFIG: JSON.stringify(config),
    SYSTEM_NAMESPACE: namespace,
    NAMESPACE: namespace,
    NAME: name,
    METRICS_DOMAIN: "knative.dev/eventing",
  };
  return {
    name: "adapter",
    image: "knative/apiserver_receive_adapter:v0.44.0",
    env: Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
  };
}
