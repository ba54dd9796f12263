function anyDeeper(container: object, levels: number): boolean {
  if (Array.isArray(container)) return container.some((item) => isDeeperThan(item, levels));
  for (const key in container) {
    if (isDeeperThan((container as Record<string, unknown>)[key], levels)) return true;
  }
  return false;
}

/**
 * Whether a parsed value nests deeper than `levels`.
 * For events of usual size: walking some dozens of values costs a fraction of looking at every byte for brackets.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || anyDeeper(value, levels - 1);
}

const quote = 0x22;
const backslash = 0x5c;

/** By byte: one level more, one less, or neither. */
const weights = new Int8Array(256);
for (const open of Buffer.from("[{")) weights[open] = 1;
for (const close of Buffer.from("]}")) weights[close] = -1;

/** Index of the quote that ends the string which starts at `from`. */
function endOfString(bytes: Buffer, from: number): number {
  let i = from + 1;
  while (i < bytes.length && bytes[i] !== quote) i += bytes[i] === backslash ? 2 : 1;
  return i;
}

/**
 * Whether the brackets of a JSON text nest deeper than `levels`, strings left out.
 * For large bodies, before they are parsed: V8's parser survives any depth, but a megabyte of brackets costs it a tenth
 * of a second and a hundred megabytes.
 */
export function nestsDeeperThan(bytes: Buffer, levels: number): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length && depth <= levels; i += 1) {
    if (bytes[i] === quote) i = endOfString(bytes, i);
    else depth += weights[bytes[i] ?? 0] ?? 0;
  }
  return depth > levels;
}
