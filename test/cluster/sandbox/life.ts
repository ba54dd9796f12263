/** Life of a function that runs in this process: once it is over, nothing that it began comes back to it or goes out. */
export interface Life {
  /** Every call of the port is made only while it lives, and answers only then: what a SIGKILL leaves of a process. */
  guard<T extends object>(port: T): T;
  alive(): boolean;
  end(): void;
}

const never = new Promise<never>(() => {});

export function startLife(): Life {
  let alive = true;
  const guarded =
    (port: object, method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      if (!alive) return never;
      const result = method.apply(port, args);
      return result instanceof Promise ? result.then(kept, refused) : result;
    };
  const kept = (value: unknown): unknown => (alive ? value : never);
  const refused = (error: unknown): unknown => {
    if (alive) throw error;
    return never;
  };
  return {
    guard: (port) =>
      new Proxy(port, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? guarded(target, value as (...args: unknown[]) => unknown) : value;
        },
      }),
    alive: () => alive,
    end: () => {
      alive = false;
    },
  };
}
