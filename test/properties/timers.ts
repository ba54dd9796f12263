interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Deadlines in virtual time: they end when the world's clock has passed them, and never by themselves. */
export class Timers {
  #now = 0;
  #next = 1;
  readonly #pending = new Map<number, Timer>();
  #real: { readonly set: typeof setTimeout; readonly clear: typeof clearTimeout } | undefined;

  install(now: number): void {
    this.#now = now;
    this.#real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };
    const set = (run: () => void, time = 0): number => {
      this.#next += 1;
      this.#pending.set(this.#next, { at: this.#now + time, run });
      return this.#next;
    };
    globalThis.setTimeout = set as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((id: number) => this.#pending.delete(id)) as unknown as typeof clearTimeout;
  }

  restore(): void {
    if (this.#real === undefined) return;
    globalThis.setTimeout = this.#real.set;
    globalThis.clearTimeout = this.#real.clear;
    this.#pending.clear();
  }

  advance(now: number): void {
    this.#now = now;
    for (const [id, timer] of this.#pending) {
      if (timer.at > now) continue;
      this.#pending.delete(id);
      timer.run();
    }
  }

  /** Deadlines of processes that are gone. */
  clear(): void {
    this.#pending.clear();
  }
}

/** Lets everything that does not wait for time go on until it has to. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
