import type { Clock } from "../ports/clock.ts";

export type Cancel = () => void;

/** The world's clock and timers. All lengths are in the world's milliseconds; `speed` of them pass in a real one. */
export interface WorldTime extends Clock {
  /** `now()` with its fraction of a millisecond, for log lines. */
  exact(): number;
  after(delay: number, run: () => void): Cancel;
  every(period: number, run: () => void): Cancel;
  /** Never resolves once this scope has ended. */
  sleep(delay: number): Promise<void>;
  /** Timers that can be ended together, and end with this one. */
  scope(): WorldTime;
  /** Lets the clock jump ahead; no timer fires for it. */
  skip(length: number): void;
  end(): void;
}

/** @param speed world milliseconds per real one; 75 makes KEDA's 60 s request limit last 0.8 s. */
export function createTime(speed: number, startAt: number = Date.now()): WorldTime {
  const zero = performance.now();
  let skipped = 0;
  const exact = (): number => startAt + skipped + (performance.now() - zero) * speed;
  const skip = (length: number): void => {
    skipped += length;
  };
  return timers({ exact, skip, real: (length) => length / speed });
}

interface Source {
  readonly exact: () => number;
  readonly skip: (length: number) => void;
  readonly real: (length: number) => number;
}

function timers(source: Source): WorldTime {
  const pending = new Set<Cancel>();
  let ended = false;
  const after = (delay: number, run: () => void): Cancel => {
    if (ended) return () => undefined;
    const handle = setTimeout(() => {
      pending.delete(cancel);
      run();
    }, source.real(delay));
    const cancel = (): void => {
      clearTimeout(handle);
      pending.delete(cancel);
    };
    pending.add(cancel);
    return cancel;
  };
  const end = (): void => {
    ended = true;
    for (const cancel of [...pending]) cancel();
  };
  return {
    now: () => Math.floor(source.exact()),
    exact: source.exact,
    skip: source.skip,
    after,
    every: (period, run) => repeat(after, period, run),
    sleep: (delay) => new Promise((resolve) => after(delay, resolve)),
    scope: () => nested(source, pending),
    end,
  };
}

function repeat(after: WorldTime["after"], period: number, run: () => void): Cancel {
  let cancel = after(period, tick);
  function tick(): void {
    cancel = after(period, tick);
    run();
  }
  return () => cancel();
}

function nested(source: Source, parents: Set<Cancel>): WorldTime {
  const inner = timers(source);
  const end = (): void => {
    parents.delete(end);
    inner.end();
  };
  parents.add(end);
  return { ...inner, end };
}
