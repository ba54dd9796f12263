import { formatInstant } from "../instant.ts";
import { type DerReader, type Element, Unreadable } from "./der.ts";

/** An ASN.1 time: the instant, and the zone it was written in, which Go repeats in its text. */
export interface WrittenTime {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Minutes east of UTC; 0 in every certificate that follows the rules. */
  readonly offset: number;
}

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SHORT = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/;
const LONG = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z|[+-]\d{4})$/;

/** @throws Unreadable for anything Go does not read as a time. */
export function readTime(der: DerReader): WrittenTime {
  if (der.next(UTC_TIME)) return shortTime(der.element(UTC_TIME, "x509: malformed UTCTime"));
  if (der.next(GENERALIZED_TIME)) return longTime(der.element(GENERALIZED_TIME, "x509: malformed GeneralizedTime"));
  throw new Unreadable("x509: unsupported time format");
}

/** UTCTime has two digits of year: 50 to 99 are the 1900s (RFC 5280, 4.1.2.5.1). */
function shortTime(found: Element): WrittenTime {
  const match = SHORT.exec(found.content.toString("latin1"));
  if (match === null) throw new Unreadable("x509: malformed UTCTime");
  const [year = 0, ...rest] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  return timeOf([year < 50 ? 2000 + year : 1900 + year, ...rest], match[7] ?? "Z", "x509: malformed UTCTime");
}

function longTime(found: Element): WrittenTime {
  const match = LONG.exec(found.content.toString("latin1"));
  if (match === null) throw new Unreadable("x509: malformed GeneralizedTime");
  return timeOf(match.slice(1, 7).map(Number), match[7] ?? "Z", "x509: malformed GeneralizedTime");
}

function timeOf(fields: readonly number[], zone: string, problem: string): WrittenTime {
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = fields;
  const offset = offsetOf(zone);
  const real = month >= 1 && month <= 12 && date >= 1 && date <= daysIn(year, month);
  if (!real || hour > 23 || minute > 59 || second > 59 || offset === undefined) throw new Unreadable(problem);
  const minutes = (daysBefore(year, month) + date - 1) * 1440 + hour * 60 + minute - offset;
  return { at: (minutes * 60 + second) * 1000, offset };
}

/** `Z`, or an offset that is not zero: Go refuses what it would not write itself. */
function offsetOf(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3));
  const size = hours * 60 + minutes;
  if (size === 0 || hours > 24 || minutes > 59) return undefined;
  return zone.startsWith("-") ? -size : size;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = (year: number, month: number): number => (month === 2 && isLeap(year) ? 29 : (MONTHS[month - 1] ?? 0));

/** Days from 1970-01-01 to the first of a month. */
function daysBefore(year: number, month: number): number {
  const past = year - 1;
  const leaps = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  const before = MONTHS.slice(0, month - 1).reduce((sum, length) => sum + length, 0);
  return past * 365 + leaps - 719_162 + before + (month > 2 && isLeap(year) ? 1 : 0);
}

/** RFC 3339 to the second, in the zone the time was written in. */
export function timeText(at: number, offset: number): string {
  const utc = formatInstant(at + offset * 60_000);
  if (offset === 0) return utc;
  const size = Math.abs(offset);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${utc.slice(0, -1)}${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
