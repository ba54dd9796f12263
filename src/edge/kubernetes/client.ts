import type { Duration, Instant } from "../../core/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ClusterAccess, TokenUse } from "./access.ts";
import { makeAgent } from "./agent.ts";
import { type Answered, exchange, headersOf, type Unanswered } from "./exchange.ts";
import { fullPath, type Query, soundPath } from "./path.ts";
import { noCredentials, type Refusal, refusalFor } from "./refusal.ts";
import { left, repeat } from "./retry.ts";

/** One call of the Kubernetes API. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Made by `kubePath`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** What to answer with; default `application/json`. */
  readonly accept?: string;
  /** Over all attempts, default 5 s. */
  readonly timeout?: Duration;
  /** Default 16 MB. */
  readonly limitBytes?: number;
  /** Repetitions of a GET, default 2, at most 3. Writes are never repeated. */
  readonly retries?: number;
}

export interface KubeSuccess {
  readonly ok: true;
  readonly status: number;
  readonly body: Buffer;
  /** When the answer was complete. */
  readonly at: Instant;
}

export type KubeAnswer = KubeSuccess | Refusal;

/** What this client has cost the API server so far. */
export interface ClientStats {
  /** Requests sent, repetitions included. */
  readonly requests: number;
  readonly retries: number;
  readonly bytesRead: number;
}

export interface KubeClient {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly stats: ClientStats;
  /** Never throws. */
  request(call: KubeRequest): Promise<KubeAnswer>;
  /** Closes idle connections. */
  close(): void;
}

export interface ClientSettings {
  readonly clock: Clock;
  /** Default of {@link KubeRequest.timeout}. */
  readonly timeout?: Duration;
  /** Default 2 s. */
  readonly connectTimeout?: Duration;
  /** Pause before the first repetition, doubled for each further one and jittered; default 100 ms. */
  readonly backoff?: Duration;
}

const TIMEOUT = 5000;
const CONNECT_TIMEOUT = 2000;
const BACKOFF = 100;
const LIMIT = 16 * 1024 * 1024;
const MOST_RETRIES = 3;

/** A thin client: one pool of connections, bounded in time, size and repetitions; errors are values. */
export function kubeClient(access: ClusterAccess, settings: ClientSettings): KubeClient {
  const agent = makeAgent(access);
  const stats = { requests: 0, retries: 0, bytesRead: 0 };

  async function attempt(call: KubeRequest, how: TokenUse, timeout: Duration): Promise<Answered | Unanswered> {
    const token = await access.token(how);
    stats.requests += 1;
    const answer = await exchange({
      server: access.server,
      agent,
      method: call.method,
      path: fullPath(access.server, call.path, call.query),
      ...content(access, call, token),
      timeout,
      connectTimeout: Math.min(timeout, settings.connectTimeout ?? CONNECT_TIMEOUT),
      limitBytes: call.limitBytes ?? LIMIT,
      proxy: access.proxy,
    });
    if (answer.answered) stats.bytesRead += answer.body.length;
    return answer;
  }

  /** One attempt; once more with a fresh token when the API server does not know the cached one. Nothing was done then. */
  async function withToken(call: KubeRequest, deadline: number): Promise<Answered | Unanswered> {
    const answer = await attempt(call, "cached", left(deadline));
    return answer.answered && answer.status === 401 ? attempt(call, "fresh", left(deadline)) : answer;
  }

  function withRetries(call: KubeRequest): Promise<Answered | Unanswered> {
    const deadline = performance.now() + (call.timeout ?? settings.timeout ?? TIMEOUT);
    return repeat({
      retries: retriesOf(call),
      backoff: settings.backoff ?? BACKOFF,
      deadline,
      attempt: () => withToken(call, deadline),
      onRetry: () => {
        stats.retries += 1;
      },
    });
  }

  return {
    access,
    clock: settings.clock,
    stats,
    async request(call) {
      if (!soundPath(call.path)) return noName(call.path);
      const answer = await withRetries(call).catch(noCredentials);
      return "ok" in answer ? answer : hinted(settled(call, answer, settings.clock), access);
    },
    close: () => agent.destroy(),
  };
}

const retriesOf = (call: KubeRequest): number =>
  call.method === "GET" ? Math.min(call.retries ?? 2, MOST_RETRIES) : 0;

const noName = (path: string): Refusal => ({
  ok: false,
  reason: "NotFound",
  detail: `${path} names no Kubernetes object`,
});

function content(access: ClusterAccess, call: KubeRequest, token: string | undefined) {
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers = { ...headersOf(access, token), accept: call.accept ?? "application/json" };
  if (body === undefined) return { headers };
  const type = call.contentType ?? "application/json";
  return { headers: { ...headers, "content-type": type, "content-length": String(body.length) }, body };
}

/** With what the access knows about a login that was refused. */
function hinted(answer: KubeAnswer, { unauthorizedHint }: ClusterAccess): KubeAnswer {
  if (answer.ok || answer.status !== 401 || unauthorizedHint === undefined) return answer;
  return { ...answer, detail: `${answer.detail}: ${unauthorizedHint}` };
}

function settled(call: KubeRequest, answer: Answered | Unanswered, clock: Clock): KubeAnswer {
  if (!answer.answered) {
    const reason = answer.reason === "TooLarge" ? "Malformed" : answer.reason;
    return { ok: false, reason, detail: answer.detail };
  }
  const { status, body } = answer;
  return status >= 200 && status < 300 ? { ok: true, status, body, at: clock.now() } : refusalFor(call, status, body);
}
