/** Kubernetes writes instants in four shapes: to the second, in microseconds (Lease), in nanoseconds (logs), and as klog does. */

const iso = (at: number): string => new Date(Math.floor(at)).toISOString();
const fraction = (at: number, digits: number): string =>
  String(Math.floor((at % 1000) * 10 ** (digits - 3))).padStart(digits, "0");

/** `2026-11-23T17:03:02Z` */
export const toSecond = (at: number): string => `${iso(at).slice(0, 19)}Z`;
/** `2026-11-23T17:05:10.992615Z` */
export const toMicro = (at: number): string => `${iso(at).slice(0, 19)}.${fraction(at, 6)}Z`;
/** `2026-11-23T17:02:39.000136482Z`; like Go, without trailing zeros. */
export const toNano = (at: number): string => `${iso(at).slice(0, 19)}.${fraction(at, 9).replace(/0+$/, "") || "0"}Z`;

/** `1123 17:02:39.000136` */
export function toKlog(at: number): string {
  const text = iso(at);
  return `${text.slice(5, 7)}${text.slice(8, 10)} ${text.slice(11, 19)}.${fraction(at, 6)}`;
}
