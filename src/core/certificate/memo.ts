/** Remembers the newest `limit` answers; the oldest are forgotten first. Only for pure functions. */
export interface Memo<Value> {
  readonly get: (key: string) => Value | undefined;
  readonly keep: (key: string, value: Value, weight?: number) => Value;
}

/** @param limit the most weight kept at a time (each answer weighs 1 unless said otherwise). */
export function memo<Value>(limit: number): Memo<Value> {
  const kept = new Map<string, { readonly value: Value; readonly weight: number }>();
  let load = 0;
  const forgetOldest = (): void => {
    for (const [key, { weight }] of kept) {
      if (load <= limit) return;
      kept.delete(key);
      load -= weight;
    }
  };
  const keep = (key: string, value: Value, weight = 1): Value => {
    load += weight - (kept.get(key)?.weight ?? 0);
    kept.delete(key);
    kept.set(key, { value, weight });
    forgetOldest();
    return value;
  };
  return { get: (key) => kept.get(key)?.value, keep };
}
