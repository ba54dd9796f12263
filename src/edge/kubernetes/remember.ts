/** Values by key, the least recently set one forgotten beyond a number: a cache that can be lost at any time. */
export interface Remembered<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  readonly size: number;
}

export function remembered<T>(most: number): Remembered<T> {
  const values = new Map<string, T>();
  return {
    get: (key) => values.get(key),
    set(key, value) {
      values.delete(key);
      values.set(key, value);
      const [oldest] = values.keys();
      if (values.size > most && oldest !== undefined) values.delete(oldest);
    },
    delete: (key) => void values.delete(key),
    get size() {
      return values.size;
    },
  };
}
