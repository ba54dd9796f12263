import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import type { Duration } from "../../core/instant.ts";

/** One POST: a body that is ready, and where it goes. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The status, or why there is none: by Node's error code. */
export type Posted = { readonly status: number } | { readonly failure: string };

/** Sends posts to one address. */
export type Poster = (post: Post) => Promise<Posted>;

const failureOf = (error: unknown): string => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" || typeof code === "number" ? String(code) : "Unknown";
};

/** Own authorities are added to the public ones, never put in their place: a sink may have either. */
function agentFor(url: URL, caCerts: string | undefined): HttpAgent {
  if (url.protocol !== "https:") return new HttpAgent({ keepAlive: true });
  return new HttpsAgent({ keepAlive: true, ...(caCerts !== undefined && { ca: [...rootCertificates, caCerts] }) });
}

/**
 * A poster for one URL with Node's own client: no redirects, the whole exchange within `timeout`. Never throws.
 * One timer per post, cleared when the exchange is over: a signal of `AbortSignal.timeout` lives on for the whole time.
 */
export function posterFor(url: URL, timeout: Duration, caCerts?: string): Poster {
  const agent = agentFor(url, caCerts);
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return (post) =>
    new Promise((resolve) => {
      const headers = { ...post.headers, "content-length": Buffer.byteLength(post.body) };
      const options: RequestOptions = { method: "POST", agent, headers };
      const onAnswer = (res: IncomingMessage): void => {
        res.on("error", () => undefined);
        res.resume();
        resolve({ status: res.statusCode ?? 0 });
      };
      const sent = request(url, options, onAnswer)
        .on("error", (error) => resolve({ failure: failureOf(error) }))
        .on("close", () => clearTimeout(late));
      const late = setTimeout(() => {
        resolve({ failure: "Timeout" });
        sent.destroy();
      }, timeout);
      sent.end(post.body);
    });
}
