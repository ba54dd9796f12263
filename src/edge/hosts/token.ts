import { createHash, timingSafeEqual } from "node:crypto";
import { problemReply, type Reply } from "./problem.ts";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Equal in constant time, whatever the lengths: hashes are compared, not texts. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

const bearer = /^Bearer +([^\s]+) *$/i;

const bearerOf = (authorization: string | undefined): string | undefined => bearer.exec(authorization ?? "")?.[1];

const tokenMissing = problemReply(
  { status: 401, code: "TokenMissing", sentence: "A bearer token is required." },
  { "www-authenticate": "Bearer" },
);

/** Checks the shared bearer token. Undefined when it is right; 401 when there is none, 403 when it is another. */
export function checkToken(authorization: string | undefined, token: string): Reply | undefined {
  const given = bearerOf(authorization);
  if (given === undefined) return tokenMissing;
  if (sameText(given, token)) return undefined;
  return problemReply({ status: 403, code: "TokenWrong", sentence: "The bearer token is not the right one." });
}

/**
 * What the caller's own token proves: `allowed`; `stranger`: somebody whom we do not listen to; `invalid`: nobody;
 * `unknown`: the API server could not be asked.
 */
export type Authorize = (token: string) => Promise<"allowed" | "stranger" | "invalid" | "unknown">;

const callerRefusals = {
  stranger: problemReply({ status: 403, code: "CallerNotAllowed", sentence: "The bearer of this token may not call." }),
  invalid: problemReply(
    { status: 401, code: "TokenInvalid", sentence: "The bearer token is not valid for this audience." },
    { "www-authenticate": "Bearer" },
  ),
  unknown: problemReply(
    { status: 503, code: "CallerUnknown", sentence: "Whose token this is could not be asked; repeat it." },
    { "retry-after": "5" },
  ),
} as const;

/** 401 for a request that shows no bearer token at all: that needs no question. */
export const withoutToken = (authorization: string | undefined): Reply | undefined =>
  bearerOf(authorization) === undefined ? tokenMissing : undefined;

/** Asks who the caller is. Undefined when it is somebody who may call. */
export async function checkCaller(authorization: string | undefined, authorize: Authorize): Promise<Reply | undefined> {
  const verdict = await authorize(bearerOf(authorization) ?? "");
  return verdict === "allowed" ? undefined : callerRefusals[verdict];
}
