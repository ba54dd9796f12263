/** Milliseconds since 1970-01-01T00:00:00Z. Core has no clock: every instant is handed in. */
export type Instant = number;
/** A length of time in milliseconds. */
export type Duration = number;

export const seconds = (n: number): Duration => n * 1000;
export const minutes = (n: number): Duration => n * 60_000;
export const hours = (n: number): Duration => n * 3_600_000;
export const days = (n: number): Duration => n * 86_400_000;

const two = (n: number): string => String(n).padStart(2, "0");

/** Civil date of a day number since the epoch, by Hinnant's `civil_from_days` (exact for the proleptic Gregorian calendar). */
function civil(day: number): { year: number; month: number; date: number } {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, date: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

/** RFC 3339 in UTC, to the second: `2026-11-23T17:03:02Z`. */
export function formatInstant(at: Instant): string {
  const day = Math.floor(at / days(1));
  const rest = at - day * days(1);
  const { year, month, date } = civil(day);
  const time = [hours(1), minutes(1), seconds(1)].map((unit) => two(Math.floor(rest / unit) % 60));
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(date)}T${time.join(":")}Z`;
}

/** `1h 5m`, `63s`: short enough for a sentence. */
export function formatDuration(length: Duration): string {
  const total = Math.max(0, Math.round(length / 1000));
  if (total < 120) return `${total}s`;
  if (total < 7200) return `${Math.round(total / 60)}m`;
  if (total < 172_800) return `${Math.floor(total / 3600)}h ${Math.floor((total % 3600) / 60)}m`;
  return `${Math.round(total / 86_400)}d`;
}
