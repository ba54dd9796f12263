import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { node } from "./network.ts";
import { spawned } from "./spawned.ts";

/** Where a Pod sends everything: the other end of its cable, as network plugins do it. */
const gateway = "169.254.1.1";

/** $1 is the namespace's file, $2 the cable's name here, $3 the Pod's address. */
const connect = `
touch "$1"
unshare --net="$1" true
ip link add "$2" type veth peer name eth0 netns "$1"
ip addr add ${gateway}/32 dev "$2"
ip link set "$2" up
ip route add "$3/32" dev "$2" src ${node.address}
echo 1 > /proc/sys/net/ipv4/ip_forward
exec nsenter --net="$1" sh -e -c '
ip link set lo up
ip addr add "$1/32" dev eth0
ip link set eth0 up
ip route add ${gateway} dev eth0
ip route add default via ${gateway} dev eth0 src "$1"' sh "$3"
`;

const cut = 'ip link delete "$2" 2>/dev/null || true; umount "$1" 2>/dev/null || true';

/** A network namespace for one Pod, with a cable to the one that all others share. */
export class PodNetwork {
  /** File that keeps the namespace, for `nsenter --net=`. */
  readonly path: string;
  readonly #cable: string;

  private constructor(path: string, cable: string) {
    this.path = path;
    this.#cable = cable;
  }

  /** @param folder for the files of all namespaces */
  static async open(folder: string, podIP: string): Promise<PodNetwork> {
    await mkdir(folder, { recursive: true });
    const network = new PodNetwork(join(folder, podIP), `pod-${podIP.split(".").slice(2).join("-")}`);
    await spawned("sh", ["-e", "-c", connect, "sh", network.path, network.#cable, podIP]);
    return network;
  }

  async close(): Promise<void> {
    await spawned("sh", ["-c", cut, "sh", this.path, this.#cable]);
  }
}
