import { type Instant, minutes } from "../../core/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { TokenUse } from "../kubernetes/access.ts";
import { eksToken, type Keys } from "./presign.ts";

/** A token is good for 15 minutes from its date; the last one is left to clocks that differ. */
const goodFor = minutes(14);

export interface TokenSettings {
  readonly cluster: string;
  readonly region: string;
  /** Asked at every call: another key makes another token. */
  readonly keys: () => Keys;
  readonly clock: Clock;
}

interface Cached {
  readonly key: string;
  readonly token: string;
  readonly at: Instant;
}

/**
 * Tokens for one cluster, each used for 14 minutes as long as the keys stay the same. A clock that went back (a process
 * that was frozen and thawed elsewhere) makes a new one. `fresh`: the API server refused the last one.
 */
export function eksTokens({ cluster, region, keys, clock }: TokenSettings): (how?: TokenUse) => string {
  let cached: Cached | undefined;
  return (how = "cached") => {
    const now = clock.now();
    const current = keys();
    const key = `${cluster}\n${region}\n${current.accessKeyId}\n${current.sessionToken ?? ""}`;
    const good = cached !== undefined && cached.key === key && now >= cached.at && now - cached.at < goodFor;
    if (how === "cached" && good && cached !== undefined) return cached.token;
    cached = { key, token: eksToken({ cluster, region, keys: current, now }), at: now };
    return cached.token;
  };
}
