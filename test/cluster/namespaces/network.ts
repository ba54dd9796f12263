import { run } from "./commands.ts";

/** Addresses of the cluster. None of them leaves the network namespace. */
export const node = { name: "node-1", address: "10.0.0.10" } as const;
export const apiServerPort = 6443;
/** Where Pods reach the API server: Service `kubernetes`. */
export const kubernetesService = { address: "10.96.0.1", port: 443 } as const;
export const serviceRange = "10.96.0.0/16";
/** The scalers' source. */
export const scalerSourceAddress = "10.0.0.20";

/** Every address of these ranges can be bound from now on: a route of type `local` is all it takes. */
export function openNetwork(): void {
  run("ip", "link", "set", "lo", "up");
  for (const range of [`${sharedNetwork}.0.0/16`, serviceRange, "10.0.0.0/24"])
    run("ip", "route", "add", "local", range, "dev", "lo");
}

const sharedNetwork = "10.244";
/** Addresses of Pods that have a network namespace of their own. */
export const ownNetworks = "10.245";

/** Pod IPs in turn; none is given twice within a run. */
export function podAddresses(range: string = sharedNetwork): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${range}.${1 + Math.floor(count / 250)}.${1 + (count % 250)}`;
  };
}
