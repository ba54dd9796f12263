import { messageOf } from "../core/thrown.ts";
export type Within<T> =
  | { readonly result: "value"; readonly value: T }
  | { readonly result: "late" }
  | { readonly result: "failed"; readonly reason: string };

/** The value if it comes in time (milliseconds); work that is late goes on, its result and its errors are dropped. */
export async function within<T>(time: number, work: Promise<T>): Promise<Within<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Within<T>>((resolve) => {
    timer = setTimeout(() => resolve({ result: "late" }), time);
  });
  const done = work.then(
    (value): Within<T> => ({ result: "value", value }),
    (error: unknown): Within<T> => ({ result: "failed", reason: messageOf(error) }),
  );
  const first = await Promise.race([done, late]);
  clearTimeout(timer);
  return first;
}
