import http from "node:http";
import https from "node:https";
import type { Loose } from "../api/client.ts";

/** Programs tell a probe from a request by kubelet's name. */
const headersOf = ({ httpHeaders = [] }: Loose): Record<string, string> => ({
  "user-agent": "kube-probe/1.36",
  ...Object.fromEntries(httpHeaders.map(({ name, value }: Loose) => [name, value])),
});

/** One httpGet probe, as kubelet makes it: any certificate will do. A container without one is ready when it runs. */
export function httpProbe(podIP: string, container: Loose, { httpGet, timeoutSeconds = 1 }: Loose): Promise<boolean> {
  const named = (container.ports ?? []).find((port: Loose) => port.name === httpGet.port);
  const port = named?.containerPort ?? httpGet.port;
  const secure = httpGet.scheme === "HTTPS";
  const options = {
    host: podIP,
    port,
    path: httpGet.path?.startsWith("/") ? httpGet.path : `/${httpGet.path ?? ""}`,
    timeout: timeoutSeconds * 1000,
    headers: headersOf(httpGet),
    agent: false as const,
    rejectUnauthorized: false,
  };
  return new Promise((resolve) => {
    const answered = (response: http.IncomingMessage): void => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    };
    const outgoing = secure ? https.get(options, answered) : http.get(options, answered);
    outgoing.once("error", () => resolve(false));
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
  });
}
