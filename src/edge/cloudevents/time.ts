import type { Instant } from "../../core/instant.ts";

const rfc3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Digits from `from` up to `to`, as a number. */
function digits(text: string, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i += 1) n = n * 10 + text.charCodeAt(i) - 0x30;
  return n;
}

/** Milliseconds of a fraction that starts at 19, whatever its length. */
function fraction(text: string): number {
  if (text.charCodeAt(19) !== 0x2e) return 0;
  return digits(`${text.slice(20).replace(/\D.*$/, "")}00`, 0, 3);
}

/** Milliseconds by which the local time is ahead of UTC: `Z`, or the last six characters. */
function offset(text: string): number {
  const at = text.length - 6;
  const sign = text[at];
  if (sign !== "+" && sign !== "-") return 0;
  const minutes = digits(text, at + 1, at + 3) * 60 + digits(text, at + 4, at + 6);
  return (sign === "-" ? -60_000 : 60_000) * minutes;
}

/**
 * An RFC 3339 time, to the millisecond. Undefined when it is none.
 * A time is a claim: far future and far past are kept here and trusted nowhere. By hand, because Date.parse takes longer
 * for one time than everything else takes for all attributes.
 */
export function readTime(text: string | undefined): Instant | undefined {
  if (text === undefined || !rfc3339.test(text)) return undefined;
  const day = Date.UTC(digits(text, 0, 4), digits(text, 5, 7) - 1, digits(text, 8, 10));
  const time = digits(text, 11, 13) * 3_600_000 + digits(text, 14, 16) * 60_000 + digits(text, 17, 19) * 1000;
  return day + time + fraction(text) - offset(text);
}
