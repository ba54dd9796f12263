import { createHash, timingSafeEqual } from "node:crypto";
import { problemReply, type Reply } from "./problem.ts";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Equal in constant time, whatever the lengths: hashes are compared, not texts. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

const bearer = /^Bearer +([^\s]+) *$/i;

/** Checks the shared bearer token. Undefined when it is right; 401 when there is none, 403 when it is another. */
export function checkToken(authorization: string | undefined, token: string): Reply | undefined {
  const given = bearer.exec(authorization ?? "")?.[1];
  if (given === undefined) {
    const sentence = "A bearer token is required.";
    return problemReply({ status: 401, code: "TokenMissing", sentence }, { "www-authenticate": "Bearer" });
  }
  if (sameText(given, token)) return undefined;
  return problemReply({ status: 403, code: "TokenWrong", sentence: "The bearer token is not the right one." });
}
