import { randomUUID } from "node:crypto";
import type { Duration } from "../../../core/instant.ts";
import type { KubeObject } from "../../../ports/cluster.ts";
import type { Log } from "../../../ports/log.ts";
import { makeAgent } from "../agent.ts";
import type { KubeClient } from "../client.ts";
import { atMost, type Backoff } from "./backoff.ts";
import { type Deliver, type EventQueue, eventQueue } from "./queue.ts";
import { reflect, type Verb } from "./reflector.ts";
import {
  asRequest,
  certificateRequests,
  certificates,
  events,
  hpas,
  keyOfTold,
  pods,
  secret,
  type Telling,
  type Told,
  type WatchedNames,
} from "./told.ts";

export interface EventSourceOptions {
  readonly client: KubeClient;
  readonly names: WatchedNames;
  /** False: the Secret is not even watched, cert-manager's objects are. */
  readonly readSecret: boolean;
  readonly deliver: Deliver;
  readonly log: Log;
  /** For tests. */
  readonly backoff?: Backoff;
  readonly resync?: Duration;
  readonly retryAfter?: Duration;
  readonly most?: number;
}

const PATIENCE: Duration = 5_000;

export interface EventSource {
  /** Events that wait for the consumer. */
  readonly waiting: number;
  /** Ends every watch at once; nothing is delivered that has not begun. */
  stop(): Promise<void>;
}

/**
 * Watches KEDA and tells what happens in the words of an ApiServerSource, but without its gaps: what changed while a
 * watch was broken is found, and starting costs one wake-up however many objects there are. Memory is bounded: a version
 * per object of at most 10,000 per kind, and a short queue.
 */
export function eventSource(options: EventSourceOptions): EventSource {
  const { client, deliver, log, retryAfter, most } = options;
  const control = new AbortController();
  const { signal } = control;
  const agent = makeAgent(client.access);
  const from = `${client.access.server.origin}#${randomUUID().slice(0, 8)}`;
  let count = 0;
  const next = (told: Told) => {
    count += 1;
    return asRequest(told, from, `watch-${count}`);
  };
  const queue: EventQueue = eventQueue({
    deliver,
    everything: () => next("everything"),
    signal,
    retryAfter,
    most,
  });
  const tell = (told: Told | undefined): void => {
    if (told !== undefined) queue.offer(keyOfTold(told), next(told));
  };
  const running: Promise<void>[] = [];
  const start = (telling: Telling, onFirst: () => void, onRefused?: () => void): void => {
    const onChange = (verb: Verb, object: KubeObject): void => tell(telling.tell(verb, object));
    const { backoff, resync } = options;
    running.push(
      reflect({ client, agent, watched: telling, log, onChange, onFirst, onRefused, signal, backoff, resync }),
    );
  };
  startAll(options, start, () => tell("everything"));
  return {
    get waiting() {
      return queue.waiting;
    },
    async stop() {
      control.abort();
      await Promise.all(running);
      agent.destroy();
      // What has begun may end, within the time that a Pod has to end in.
      await atMost(PATIENCE, queue.settled());
    },
  };
}

type Start = (telling: Telling, onFirst: () => void, onRefused?: () => void) => void;

/** One wake-up when every first list is there: what happened before it is found by that look. */
function startAll({ names, readSecret, log }: EventSourceOptions, start: Start, look: () => void): void {
  const waiting = new Set<Telling>();
  const begin = (telling: Telling, onRefused?: () => void): void => {
    waiting.add(telling);
    start(
      telling,
      () => {
        if (waiting.delete(telling) && waiting.size === 0) look();
      },
      onRefused,
    );
  };
  let fallen = false;
  const instead = (): void => {
    if (fallen) return;
    fallen = true;
    log.info("the Secret may not be watched: cert-manager's Certificates and CertificateRequests are");
    for (const telling of [certificates(names), certificateRequests(names)]) start(telling, () => {});
  };
  const ofRotation = readSecret ? [secret(names)] : [certificates(names), certificateRequests(names)];
  for (const telling of [pods(names), hpas, events]) begin(telling);
  for (const telling of ofRotation) begin(telling, readSecret ? instead : undefined);
}
