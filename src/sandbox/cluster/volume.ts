import { field } from "../apiserver/call.ts";
import type { StoredObject } from "../apiserver/objects.ts";

export type Files = Readonly<Record<string, string>>;

/** A Secret mounted in one Pod. All files change at once, as when kubelet swaps `..data`. */
export class SecretVolume {
  #files: Files;
  readonly #listeners = new Set<() => void>();

  constructor(files: Files) {
    this.#files = files;
  }

  get files(): Files {
    return this.#files;
  }

  swap(files: Files): void {
    this.#files = files;
    for (const listener of [...this.#listeners]) listener();
  }

  onSwap(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export function filesOf(secret: StoredObject | undefined): Files {
  const data = Object.entries((field(secret, "data") ?? {}) as Record<string, string>);
  return Object.fromEntries(data.map(([name, base64]) => [name, Buffer.from(base64, "base64").toString()]));
}
