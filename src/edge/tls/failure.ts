import { type Unseen, unseen } from "../../core/seen.ts";
import { codeOf } from "../../core/thrown.ts";

function wordsOf(error: unknown): string {
  const message: unknown =
    typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  const words = typeof message === "string" && message !== "" ? message : String(error);
  return words.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}

/** What the peer said made no sense as TLS: OpenSSL's own codes, and what Node refuses before it dials. */
const nonsense = /^(ERR_SSL_|ERR_TLS_|ERR_INVALID_|ERR_OUT_OF_RANGE|ERR_SOCKET_BAD_PORT|EPROTO)/;

/** Why a handshake showed no certificate. A reset counts as unreachable: sidecars and firewalls answer so. */
export function failureOf(error: unknown, address: string): Unseen {
  const code = codeOf(error) ?? "";
  const detail = `TLS to ${address}: ${wordsOf(error)}`;
  if (code === "ETIMEDOUT") return unseen("Timeout", detail);
  return unseen(nonsense.test(code) ? "Malformed" : "Unreachable", detail);
}
