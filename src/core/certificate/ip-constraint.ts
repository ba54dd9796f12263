import { addressText, asV4 } from "./address.ts";
import type { IpNetwork } from "./name-constraints.ts";
import { matching, pruned, type SubtreeOrder } from "./subtree-search.ts";

function contains(network: IpNetwork, address: Uint8Array): boolean {
  const own = asV4(network.address) ?? [...network.address];
  const mask = [...network.mask].slice(-own.length);
  const other = asV4(address) ?? [...address];
  return own.length === other.length && own.every((octet, i) => ((octet ^ (other[i] ?? 0)) & (mask[i] ?? 0)) === 0);
}

const lastAddress = ({ address, mask }: IpNetwork): Uint8Array =>
  address.map((octet, i) => octet | (~(mask[i] ?? 0) & 0xff));

const IP: SubtreeOrder<IpNetwork, Buffer> = {
  compare: (a, b) => Buffer.compare(a.address, b.address) || Buffer.compare(a.mask, b.mask),
  compareToName: (network, address) => Buffer.compare(network.address, address),
  contains: (a, b) => contains(a, b.address) && contains(a, lastAddress(b)),
  matches: contains,
};

/** Which of the networks an address falls under; networks of the other family never count. */
export type NetworkMatcher = (address: Buffer) => IpNetwork | undefined;

export function networkMatcher(networks: readonly IpNetwork[]): NetworkMatcher {
  const family = (octets: number): readonly IpNetwork[] =>
    pruned(
      networks.filter((network) => network.address.length === octets),
      IP,
    );
  const [v4, v6] = [family(4), family(16)];
  return (address) => matching(address.length === 4 ? v4 : v6, address, IP);
}

/** `10.0.0.0/8`. */
export function networkText({ address, mask }: IpNetwork): string {
  const octets = asV4(address) === undefined ? [...mask] : [...mask].slice(-4);
  const ones = octets.map((octet) => octet.toString(2).replaceAll("0", "").length).reduce((sum, n) => sum + n, 0);
  return `${addressText(address)}/${ones}`;
}
