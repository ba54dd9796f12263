import { createHash } from "node:crypto";
import type { Duration } from "../../core/instant.ts";
import type { KubeClient } from "./client.ts";
import { parse } from "./look.ts";
import { kubePath } from "./path.ts";
import { remembered } from "./remember.ts";

export interface CallersAllowed {
  /** The token must be for this audience: one for the API server or for somebody else proves nothing to us. */
  readonly audience: string;
  /** Names as the API server knows them, such as `system:serviceaccount:knative-eventing:mt-broker-filter`. */
  readonly users: readonly string[];
}

/**
 * - `allowed`; - `stranger`: the token is good, its owner is nobody whom we listen to; - `invalid`: no good token;
 * - `unknown`: the API server could not be asked.
 */
export type Verdict = "allowed" | "stranger" | "invalid" | "unknown";

export type TokenReviewer = (token: string) => Promise<Verdict>;

/** A token that is taken back is still taken this long. */
const GOOD_FOR: Duration = 60_000;
/** A token that was refused may have been too new for one API server of several. */
const BAD_FOR: Duration = 10_000;
const MOST = 1000;
/** Reviews at once: strangers with ever new tokens must not keep the API server busy. */
const AT_ONCE = 8;
/** A projected token has some 1,000 characters. */
const LONGEST = 8192;

interface Known {
  readonly verdict: Verdict;
  readonly until: number;
}

/** Asks the API server who a bearer token belongs to. Answers are kept for a short time, by a hash of the token. */
export function tokenReviewer(client: KubeClient, allowed: CallersAllowed): TokenReviewer {
  const known = remembered<Known>(MOST);
  const asked = new Map<string, Promise<Verdict>>();

  const ask = async (token: string, key: string): Promise<Verdict> => {
    const verdict = await review(client, allowed, token);
    const length = verdict === "allowed" ? GOOD_FOR : BAD_FOR;
    if (verdict !== "unknown") known.set(key, { verdict, until: performance.now() + length });
    return verdict;
  };

  return async (token) => {
    if (token.length > LONGEST) return "invalid";
    const key = createHash("sha256").update(token).digest("base64");
    const before = known.get(key);
    if (before !== undefined && performance.now() < before.until) return before.verdict;
    const same = asked.get(key);
    if (same !== undefined) return same;
    if (asked.size >= AT_ONCE) return "unknown";
    const answer = ask(token, key).finally(() => asked.delete(key));
    asked.set(key, answer);
    return answer;
  };
}

interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: { readonly username?: string };
  readonly audiences?: readonly string[];
}

async function review(client: KubeClient, { audience, users }: CallersAllowed, token: string): Promise<Verdict> {
  const answer = await client.request({
    method: "POST",
    path: kubePath("apis", "authentication.k8s.io", "v1", "tokenreviews"),
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token, audiences: [audience] },
    },
    timeout: 3000,
  });
  if (!answer.ok) return "unknown";
  const { status } = (parse(answer.body) ?? {}) as { readonly status?: ReviewStatus };
  if (status === undefined) return "unknown";
  // An authenticator that knows nothing of audiences leaves them out: its answer is about another audience than ours.
  if (status.authenticated !== true || status.audiences?.includes(audience) !== true) return "invalid";
  return users.includes(status.user?.username ?? "") ? "allowed" : "stranger";
}
