import type { Instant } from "./instant.ts";

/** Why a look-up gave nothing. `NotFound` is an answer, the others mean that we could not look. */
export type MissReason =
  | "NotFound"
  | "Forbidden"
  | "Unauthorized"
  | "Unreachable"
  | "Timeout"
  | "Malformed"
  | "Withheld"
  | "NotAsked";

export interface Unseen {
  readonly seen: false;
  readonly reason: MissReason;
  /** One sentence for a person: what was asked for, and for `Forbidden` the missing verb and resource. */
  readonly detail: string;
}

/** Something we looked up: the value and when it was read, or why there is none. */
export type Seen<T> = { readonly seen: true; readonly value: T; readonly at: Instant } | Unseen;

export const sawAt = <T>(value: T, at: Instant): Seen<T> => ({ seen: true, value, at });
export const unseen = (reason: MissReason, detail: string): Unseen => ({ seen: false, reason, detail });

/** The value, or undefined when it was not seen. */
export const seenValue = <T>(seen: Seen<T> | undefined): T | undefined => (seen?.seen ? seen.value : undefined);

/** Keeps what was seen, mapped; keeps the reason when nothing was seen. */
export const mapSeen = <T, U>(seen: Seen<T>, map: (value: T) => U): Seen<U> =>
  seen.seen ? { seen: true, value: map(seen.value), at: seen.at } : seen;
