import { hours } from "./core/instant.ts";
import { decodeEvents } from "./edge/cloudevents/decode.ts";
import { type Handle, handleAll, untaken } from "./edge/hosts/intake.ts";
import type { KubeClient } from "./edge/kubernetes/client.ts";
import { sleepUnless } from "./edge/kubernetes/watch/backoff.ts";
import type { EventRequest } from "./edge/kubernetes/watch/queue.ts";
import { type EventSource, type EventSourceOptions, eventSource } from "./edge/kubernetes/watch/source.ts";
import type { WatchedNames } from "./edge/kubernetes/watch/told.ts";
import type { ActingPorts, Settings } from "./flow/ports.ts";
import { resolve } from "./flow/resolve.ts";

export interface Watching {
  readonly ports: ActingPorts;
  readonly settings: Settings;
  readonly client: KubeClient;
  /** Takes events as the intake does. */
  readonly handle: Handle;
  /** Pause before KEDA is looked for again while it is not there. Milliseconds. */
  readonly retry: number;
  /** For tests. */
  readonly source?: Partial<Pick<EventSourceOptions, "backoff" | "resync" | "retryAfter" | "most">>;
}

/** KEDA may be installed anew under other names, which is rare. */
const lookAgain = hours(6);

/** Namespace and Secret of KEDA, resolved as every look resolves them; undefined while there is no KEDA that we know. */
async function namesNow({ ports, settings }: Watching): Promise<WatchedNames | undefined> {
  const { keda } = await resolve(ports, settings.kedaNamespace);
  return keda && { namespace: keda.layout.namespace, secret: keda.layout.secretName };
}

/** The same decoder as at the intake; an event that it refuses is nobody's, and need not be told again. */
async function deliver({ handle, ports }: Watching, { headers, body }: EventRequest): Promise<boolean> {
  const decoded = decodeEvents(headers, body);
  if (!decoded.ok) {
    ports.log.warn("an event of our own was refused", { code: decoded.code });
    return true;
  }
  return untaken[await handleAll(decoded.events, handle, ports.log)] === undefined;
}

const same = (a: WatchedNames | undefined, b: WatchedNames | undefined): boolean =>
  a?.namespace === b?.namespace && a?.secret === b?.secret;

/** Watches KEDA, wherever it is, until the signal aborts. Never throws. */
export async function watchKeda(watching: Watching, signal: AbortSignal): Promise<void> {
  const { client, settings, ports, retry, source: more = {} } = watching;
  let names: WatchedNames | undefined;
  let source: EventSource | undefined;
  const stop = (): void => void source?.stop();
  signal.addEventListener("abort", stop);
  while (!signal.aborted) {
    const now = await namesNow(watching);
    if (now !== undefined && !same(now, names) && !signal.aborted) {
      await source?.stop();
      names = now;
      const { readSecret } = settings;
      const log = ports.log;
      source = eventSource({ ...more, client, names, readSecret, log, deliver: (event) => deliver(watching, event) });
      log.info("watching KEDA", { namespace: names.namespace, secret: names.secret });
    }
    await sleepUnless(names === undefined ? retry : lookAgain, signal);
  }
  signal.removeEventListener("abort", stop);
  await source?.stop();
}
