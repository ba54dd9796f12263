import type { Endpoint } from "../services/forwarder.ts";

/** An address that only those know who go through the Service: `10.244.101.2` for Pod `10.244.1.2`. */
export function hiddenAddress(podIP: string): string {
  const [a, b, c, d] = podIP.split(".").map(Number);
  return `${a}.${b}.${Number(c) + 100}.${d}`;
}

/** Where the operator's :9666 really is, when it is refused to all who dial the Pod. */
export const throughTheService = ({ host, port }: Endpoint): Endpoint => ({
  host: port === 9666 ? hiddenAddress(host) : host,
  port,
});
