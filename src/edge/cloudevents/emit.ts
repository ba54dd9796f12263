import { type Duration, seconds } from "../../core/instant.ts";
import { codeOf } from "../../core/thrown.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Emitter, OutgoingEvent } from "../../ports/emitter.ts";
import type { Log } from "../../ports/log.ts";
import { type Post, type Posted, posterFor } from "./post.ts";
import { repeatedly } from "./repeatedly.ts";
import { type SinkToken, withToken } from "./sinkToken.ts";

/** Who sends events. */
export interface Sender {
  readonly cluster: string;
  readonly role: string;
  /** Extension attributes to put on every event: K_CE_OVERRIDES. */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
  readonly clock: Clock;
}

export interface EmitOptions extends Sender {
  /** Where events go: K_SINK, or a URL from the configuration. */
  readonly sink: URL;
  /** PEM of authorities to trust on top of the public ones: K_CA_CERTS. */
  readonly caCerts?: string | undefined;
  /** Goes with every event as a bearer token, to `sink` and nowhere else. Default: none. */
  readonly token?: SinkToken | undefined;
  readonly log: Log;
  /** For one attempt. Default 2 s. */
  readonly timeout?: Duration;
  /** Before the first repetition; it doubles, and half of each pause is chance. Default 100 ms. */
  readonly pause?: Duration;
}

/** Attempts after the first: enough for a sink that restarts; what fails longer is repeated from the outbox by sweep. */
const repetitions = 3;
const repeatable: ReadonlySet<number> = new Set([404, 408, 409, 429]);

/** By Knative's delivery contract. No answer at all is worth another try too. */
const isRepeatable = (posted: Posted): boolean =>
  "failure" in posted || posted.status >= 500 || repeatable.has(posted.status);
const isTaken = (posted: Posted): boolean => "status" in posted && posted.status >= 200 && posted.status < 300;

/** `/kedamedic/<cluster>/<role>`, a URI reference whatever the cluster is called. */
const sourceOf = (cluster: string, role: string): string =>
  `/kedamedic/${encodeURIComponent(cluster.toWellFormed())}/${encodeURIComponent(role)}`;

/** An event as it is sent. The SDK is loaded at the first one: a cold start that emits nothing never pays for it. */
export async function postOf(event: OutgoingEvent, { cluster, role, clock, extensions = {} }: Sender): Promise<Post> {
  const { buildPost } = await import("./build.ts");
  return buildPost(event, { source: sourceOf(cluster, role), time: clock.now(), extensions });
}

const answerOf = (posted: Posted): string => ("failure" in posted ? posted.failure : String(posted.status));

/** An emitter that posts every event to one sink. Only statuses and codes are logged, never an event, never a token. */
export function createEmitter(options: EmitOptions): Emitter {
  const plain = posterFor(options.sink, options.timeout ?? seconds(2), options.caCerts);
  const poster = options.token === undefined ? plain : withToken(plain, options.token);
  return {
    emit: async (event) => {
      try {
        const post = await postOf(event, options);
        const plan = { times: repetitions, pause: options.pause ?? 100 };
        const posted = await repeatedly(() => poster(post), isRepeatable, plan);
        if (isTaken(posted)) return true;
        options.log.warn("sink did not take an event", { type: event.type, id: event.id, answer: answerOf(posted) });
      } catch (error) {
        options.log.error("event cannot be built", { type: event.type, id: event.id, code: codeOf(error) });
      }
      return false;
    },
  };
}

/** For an installation without a sink: every event counts as sent, and the log says once that nobody hears them. */
export function silentEmitter(log: Log): Emitter {
  let said = false;
  return {
    emit: async (event) => {
      if (!said) log.warn("no sink is configured: events are not sent", { type: event.type });
      said = true;
      return true;
    },
  };
}
