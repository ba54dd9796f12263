import { BlockList, isIP } from "node:net";
import { AccessError } from "./access.ts";

/** The usual environment variables, handed in. */
export interface ProxyEnvironment {
  /** `HTTPS_PROXY`. */
  readonly httpsProxy?: string | undefined;
  /** `NO_PROXY`: hosts, `.suffixes`, addresses and networks, by comma; `*` for all. */
  readonly noProxy?: string | undefined;
}

/** Proxy to reach a server through, if any: the kubeconfig's own, else the environment's. Throws {@link AccessError}. */
export function chooseProxy(server: URL, own: string | undefined, environment: ProxyEnvironment = {}): URL | undefined {
  const { httpsProxy, noProxy = "" } = environment;
  if (own !== undefined && own !== "") return proxyUrl(own, "proxy-url of the kubeconfig");
  if (httpsProxy === undefined || httpsProxy === "" || server.protocol !== "https:") return undefined;
  return exempt(server, noProxy) ? undefined : proxyUrl(httpsProxy, "HTTPS_PROXY");
}

function proxyUrl(text: string, where: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new AccessError("Unsupported", `${where} names no http or https proxy (SOCKS is not supported)`);
}

function exempt(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "");
  return noProxy
    .split(",")
    .map((rule) => rule.trim())
    .some((rule) => rule === "*" || rule === host || belongs(host, rule));
}

function belongs(host: string, rule: string): boolean {
  const [network = "", bits] = rule.split("/");
  if (bits !== undefined) return isIP(host) !== 0 && inNetwork(host, network, Number(bits));
  const suffix = rule.replace(/^\*?\.?/, ".");
  return suffix !== "." && host.endsWith(suffix);
}

function inNetwork(host: string, network: string, bits: number): boolean {
  if (isIP(network) !== isIP(host) || !Number.isInteger(bits) || bits > 128) return false;
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return block.check(host, family);
}
