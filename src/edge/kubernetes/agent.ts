import http from "node:http";
import https from "node:https";
import { isIPv6 } from "node:net";
import tls from "node:tls";
import type { ClusterAccess } from "./access.ts";
import { dialable } from "./path.ts";

/** An idle connection is closed after this: load balancers drop theirs silently after 60 s. */
const IDLE = 30_000;

/** A proxy that takes a connection and never answers must hold neither it nor the process. */
const PROXY_PATIENCE = 2_000;

/** TLS options of an access. */
const tlsOptions = (access: ClusterAccess): tls.ConnectionOptions => ({
  minVersion: "TLSv1.2",
  rejectUnauthorized: !access.insecureSkipTlsVerify,
  ...(access.ca === undefined ? {} : { ca: access.ca }),
  ...(access.clientCertificate === undefined ? {} : { cert: access.clientCertificate }),
  ...(access.clientKey === undefined ? {} : { key: access.clientKey }),
  ...(access.serverName === undefined ? {} : { servername: access.serverName }),
});

/** A pool of kept-alive connections to the API server, through the proxy where there is one. */
export function makeAgent(access: ClusterAccess): http.Agent {
  const pool = { keepAlive: true, timeout: IDLE, maxSockets: 16 };
  if (access.server.protocol === "http:") return new http.Agent(pool);
  const options = { ...pool, ...tlsOptions(access) };
  return access.proxy === undefined ? new https.Agent(options) : new TunnelAgent(options, access.proxy);
}

/** Opens every connection by CONNECT through an HTTP proxy. */
class TunnelAgent extends https.Agent {
  readonly #proxy: URL;
  constructor(options: https.AgentOptions, proxy: URL) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, socket: tls.TLSSocket) => void,
  ): undefined {
    const done = callback as ((error: Error | null, socket?: tls.TLSSocket) => void) | undefined;
    const target = authority(options.host ?? "", options.port);
    const request = requestTunnel(this.#proxy, target);
    const late = setTimeout(
      () => request.destroy(new Error(`no answer to CONNECT within ${PROXY_PATIENCE} ms`)),
      PROXY_PATIENCE,
    );
    request.once("close", () => clearTimeout(late));
    request.once("connect", (response, socket) => {
      clearTimeout(late);
      if (response.statusCode === 200) {
        done?.(null, tls.connect({ ...(options as tls.ConnectionOptions), socket }));
        return;
      }
      socket.destroy();
      done?.(proxyError(`the proxy ${this.#proxy.host} answered ${response.statusCode} to CONNECT ${target}`));
    });
    request.once("error", (error) => done?.(proxyError(`the proxy ${this.#proxy.host} failed: ${error.message}`)));
    request.end();
    return undefined;
  }
}

/** RFC 3986, section 3.2.2: an IPv6 address stands in brackets. */
const authority = (host: string, port: https.RequestOptions["port"]): string =>
  `${isIPv6(host) ? `[${host}]` : host}:${port}`;

function requestTunnel(proxy: URL, target: string): http.ClientRequest {
  const { username, password } = proxy;
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const headers = { host: target, ...(username === "" ? {} : { "proxy-authorization": `Basic ${login}` }) };
  const send = proxy.protocol === "https:" ? https.request : http.request;
  const hostname = dialable(proxy);
  return send({ hostname, port: proxy.port, method: "CONNECT", path: target, headers, agent: false });
}

const proxyError = (message: string): Error => Object.assign(new Error(message), { code: "EPROXY" });
