import { type Headers, headerOf } from "../cloudevents/headers.ts";
import type { Reply } from "./problem.ts";

/** The only methods at `/`. */
export const allow = "POST, OPTIONS";

/**
 * Answers OPTIONS by the CloudEvents webhook handshake: any origin may send, at any rate. The answer is the same for
 * everyone, and a `WebHook-Request-Callback` is never called.
 */
export function handshake(headers: Headers): Reply {
  if (headerOf(headers, "webhook-request-origin") === undefined) return { status: 200, headers: { allow } };
  const rate = headerOf(headers, "webhook-request-rate") === undefined ? {} : { "webhook-allowed-rate": "*" };
  return { status: 200, headers: { allow, "webhook-allowed-origin": "*", ...rate } };
}
