import { type Duration, days, hours, minutes, seconds } from "../../core/instant.ts";

const units: Readonly<Record<string, (n: number) => Duration>> = {
  ms: (n) => n,
  s: seconds,
  m: minutes,
  h: hours,
  d: days,
};

/** `90s`, `5m`, `1h30m`, `24h`, `7d`, `500ms`: whole numbers, each with its unit. Undefined for anything else. */
export function parseDuration(text: string): Duration | undefined {
  if (!/^(\d{1,9}(ms|s|m|h|d))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)];
  return parts.reduce((sum, [, digits, unit = ""]) => sum + (units[unit]?.(Number(digits)) ?? 0), 0);
}

/** A duration as it would be written in a variable: the largest unit that fits exactly. */
export function writeDuration(length: Duration): string {
  const exact = Object.entries(units).filter(([, of]) => length >= of(1) && length % of(1) === 0);
  const [unit, of] = exact.at(-1) ?? ["s", seconds];
  return `${length / of(1)}${unit}`;
}
