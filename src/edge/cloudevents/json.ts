import { isUtf8 } from "node:buffer";
import { maxNesting } from "./limits.ts";
import { isDeeperThan, nestsDeeperThan } from "./nesting.ts";
import { type Refusal, refusals } from "./refusal.ts";

/** A parsed body, wrapped so that JSON's own `null` and `false` are answers too. */
export interface Parsed {
  readonly ok: true;
  readonly value: unknown;
}

/** No body, no data. */
export const noData: Parsed = { ok: true, value: undefined };

/** Bodies beyond this are asked for their nesting before they are parsed. */
const large = 65_536;

/** Strict JSON from bytes: UTF-8, no deeper than {@link maxNesting}. Never throws. */
export function parseJson(bytes: Buffer): Parsed | Refusal {
  if (!isUtf8(bytes)) return refusals.NotUtf8;
  if (bytes.length > large && nestsDeeperThan(bytes, maxNesting)) return refusals.TooDeep;
  return parseJsonText(bytes.toString("utf8"));
}

/** As {@link parseJson}, for text that is already decoded. */
export function parseJsonText(text: string): Parsed | Refusal {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeperThan(value, maxNesting) ? refusals.TooDeep : { ok: true, value };
  } catch {
    // The parser's message quotes the body: it must go nowhere.
    return refusals.NotJson;
  }
}
