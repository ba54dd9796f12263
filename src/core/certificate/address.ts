/** IP addresses as Go's package net reads and writes them. */

/** The text of 4 or 16 octets: IPv4 in dots (also when mapped into IPv6), else IPv6 in its shortest form (RFC 5952). */
export function addressText(octets: Uint8Array): string {
  const v4 = asV4(octets);
  return v4 === undefined ? v6Text(octets) : v4.join(".");
}

/** The four octets of an IPv4 address, also of one mapped into IPv6; undefined for any other. */
export function asV4(octets: Uint8Array): readonly number[] | undefined {
  if (octets.length === 4) return [...octets];
  const mapped = octets.length === 16 && octets.every((octet, i) => i > 11 || octet === (i < 10 ? 0 : 0xff));
  return mapped ? [...octets.slice(12)] : undefined;
}

function v6Text(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (octets[i * 2] ?? 0) * 256 + (octets[i * 2 + 1] ?? 0));
  const words = groups.map((group) => group.toString(16));
  const gap = longestZeros(groups);
  if (gap.length < 2) return words.join(":");
  return `${words.slice(0, gap.start).join(":")}::${words.slice(gap.start + gap.length).join(":")}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  groups.forEach((_, start) => {
    const stop = groups.findIndex((group, i) => i >= start && group !== 0);
    const length = (stop < 0 ? groups.length : stop) - start;
    if (length > best.length) best = { start, length };
  });
  return best;
}

/** The canonical text of an address in any form that Go's net.ParseIP takes; undefined when it is none. */
export function parseAddress(text: string): string | undefined {
  const octets = text.includes(":") ? v6Octets(text) : v4Octets(text);
  return octets === undefined ? undefined : addressText(Uint8Array.from(octets));
}

function v4Octets(text: string): number[] | undefined {
  const parts = text.split(".");
  const good = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return good ? parts.map(Number) : undefined;
}

function v6Octets(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || (halves.length === 2 && halves[0]?.includes("."))) return undefined;
  const [head, tail] = [halves[0] ?? "", halves[1]].map((half) => (half === undefined ? [] : groupOctets(half)));
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  const fits = halves.length === 2 ? missing >= 2 : missing === 0;
  return fits ? [...head, ...Array<number>(missing).fill(0), ...tail] : undefined;
}

function groupOctets(half: string): number[] | undefined {
  if (half === "") return [];
  const words = half.split(":");
  const dotted = words.at(-1)?.includes(".") ? v4Octets(words.pop() ?? "") : [];
  if (dotted === undefined || !words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return [...words.map((word) => Number.parseInt(word, 16)).flatMap((word) => [word >> 8, word & 0xff]), ...dotted];
}
