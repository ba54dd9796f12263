import type { Duration } from "../../../core/instant.ts";
import { sleepUnless } from "./backoff.ts";

/** A CloudEvent in binary mode, as an ApiServerSource would post it. */
export interface EventRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** True when the event may be forgotten; false when it must be handed over again. */
export type Deliver = (event: EventRequest) => Promise<boolean>;

export interface EventQueue {
  /** The newest event of a key takes the place of an older one that still waits. */
  offer(key: string, event: EventRequest): void;
  readonly waiting: number;
  /** Resolves when nothing is being handed over. */
  settled(): Promise<void>;
}

export interface QueueOptions {
  readonly deliver: Deliver;
  /** Stands for everything when more wait than may. */
  readonly everything: () => EventRequest;
  readonly signal: AbortSignal;
  /** Default 256. */
  readonly most?: number | undefined;
  /** Pause before an event is handed over again; default 5 s. */
  readonly retryAfter?: Duration | undefined;
}

const MOST = 256;
const RETRY_AFTER: Duration = 5_000;
const EVERYTHING = "everything";

/**
 * Between watches, which never wait, and a consumer that may be slow: one event at a time, at most `most` of them. Beyond
 * that one event that says "look at everything" replaces them all: every event leads to the same look.
 */
export function eventQueue({
  deliver,
  everything,
  signal,
  most = MOST,
  retryAfter = RETRY_AFTER,
}: QueueOptions): EventQueue {
  const waiting = new Map<string, EventRequest>();
  let busy = false;
  let drained = Promise.resolve();

  const drain = async (): Promise<void> => {
    for (let next = first(waiting); next !== undefined && !signal.aborted; next = first(waiting)) {
      const [key, event] = next;
      waiting.delete(key);
      if (await deliver(event).catch(() => false)) continue;
      if (!waiting.has(key)) waiting.set(key, event);
      await sleepUnless(retryAfter, signal);
    }
    busy = false;
  };

  return {
    get waiting() {
      return waiting.size;
    },
    settled: () => drained,
    offer(key, event) {
      if (signal.aborted) return;
      waiting.set(key, event);
      if (waiting.size > most) {
        waiting.clear();
        waiting.set(EVERYTHING, everything());
      }
      if (busy) return;
      busy = true;
      // A burst is complete before the first of it is handed over.
      drained = new Promise((resolve) => setImmediate(resolve)).then(drain);
    },
  };
}

const first = (waiting: ReadonlyMap<string, EventRequest>): readonly [string, EventRequest] | undefined =>
  waiting.entries().next().value;
