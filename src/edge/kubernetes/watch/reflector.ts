import type http from "node:http";
import { type Duration, hours } from "../../../core/instant.ts";
import type { KubeObject } from "../../../ports/cluster.ts";
import type { Log } from "../../../ports/log.ts";
import type { KubeClient } from "../client.ts";
import { eachPage, partialObject } from "../look.ts";
import { type Backoff, patient, pauseAfter, sleepUnless, usual } from "./backoff.ts";
import { type Ending, openWatch, type WatchType } from "./stream.ts";

/** Objects that are watched. */
export interface Watched {
  /** For the log. */
  readonly what: string;
  /** Path of the collection, made by `kubePath`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only names and versions are sent: the content never leaves the API server. */
  readonly metadataOnly: boolean;
  /** What of an object matters: it has changed when this has. */
  readonly digest: (object: KubeObject) => string;
}

export type Verb = "add" | "update" | "delete";

export interface ReflectorOptions {
  readonly client: KubeClient;
  readonly agent: http.Agent;
  readonly watched: Watched;
  readonly log: Log;
  /** Told of everything that changed since the first list, in order. */
  readonly onChange: (verb: Verb, object: KubeObject) => void;
  /** Told once, when the first list is there or was refused. */
  readonly onFirst: () => void;
  /** Told when the right or the kind is missing. */
  readonly onRefused?: (() => void) | undefined;
  readonly signal: AbortSignal;
  readonly backoff?: Backoff | undefined;
  /** Lists are read again after this time, even if nothing was missed; default three hours. */
  readonly resync?: Duration | undefined;
}

/** Objects remembered; what goes beyond is handed on without asking whether it changed. */
const REMEMBERED = 10_000;
/** Nothing is missed that a list would find; this is for what nobody thought of. */
const RESYNC: Duration = hours(3);
/** As client-go: five to ten minutes, so that not all watches end at once. */
const shortestWatch: Duration = 300_000;
/** A watch that held this long was a good one. */
const GOOD: Duration = 5_000;

/**
 * Lists, then watches from there, for ever. A broken watch goes on from its last version. A version that is too old is
 * answered by a list that is compared with what was known: what happened meanwhile is found, deletions too. The first
 * list is no change. Never throws; resolves when the signal aborts.
 */
export async function reflect(options: ReflectorOptions): Promise<void> {
  const state: State = { known: new Map(), version: undefined, listedAt: 0, failures: 0, listed: false, told: "" };
  while (!options.signal.aborted) {
    const problem = await (state.version === undefined ? relist(options, state) : follow(options, state));
    if (problem !== undefined) await pause(options, state, problem);
  }
}

interface State {
  /** Digest by namespace and name. */
  readonly known: Map<string, string>;
  /** Where to go on; undefined: list again. */
  version: string | undefined;
  listedAt: number;
  failures: number;
  /** Whether the first list is there. */
  listed: boolean;
  /** Problem that was logged last. */
  told: string;
}

interface Problem {
  readonly reason: string;
  readonly detail: string;
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

async function relist(options: ReflectorOptions, state: State): Promise<Problem | undefined> {
  const { client, watched, signal } = options;
  const gone = new Set(state.known.keys());
  const { path, labelSelector, fieldSelector, metadataOnly } = watched;
  const query = {
    path,
    metadataOnly,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
  const read = await eachPage(client, query, (items) => {
    for (const object of items) {
      gone.delete(keyOf(object));
      if (!signal.aborted) note(options, state, "MODIFIED", object);
    }
  });
  if (signal.aborted) return undefined;
  if (!read.seen) return read;
  if (!read.value.more) for (const key of gone) forget(options, state, key);
  state.version = read.value.resourceVersion;
  state.listedAt = performance.now();
  if (!state.listed) options.onFirst();
  state.listed = true;
  return undefined;
}

/** What an event or a list says about one object, compared with what was known of it. */
function note({ watched, onChange }: ReflectorOptions, state: State, type: WatchType, object: KubeObject): void {
  const key = keyOf(object);
  const before = state.known.get(key);
  if (type === "DELETED") {
    state.known.delete(key);
    if (before !== undefined || state.known.size >= REMEMBERED) onChange("delete", object);
    return;
  }
  const now = watched.digest(object);
  if (before === now) return;
  if (before !== undefined || state.known.size < REMEMBERED) state.known.set(key, now);
  if (state.listed) onChange(before === undefined ? "add" : "update", object);
}

/** Missing from a list: it was deleted while nobody watched. */
function forget({ onChange }: ReflectorOptions, { known }: State, key: string): void {
  known.delete(key);
  const [namespace = "", name = ""] = key.split("/");
  onChange("delete", { metadata: { name, ...(namespace === "" ? {} : { namespace }) } });
}

async function follow(options: ReflectorOptions, state: State): Promise<Problem | undefined> {
  const { client, agent, watched, signal } = options;
  const { path, labelSelector, fieldSelector, metadataOnly } = watched;
  const beganAt = performance.now();
  const watch = openWatch(
    {
      access: client.access,
      agent,
      path,
      query: { labelSelector, fieldSelector, resourceVersion: state.version },
      accept: metadataOnly ? partialObject : "application/json",
      length: shortestWatch * (1 + Math.random()),
    },
    (type, object) => {
      state.version = object.metadata.resourceVersion ?? state.version;
      if (type !== "BOOKMARK") note(options, state, type, object);
    },
  );
  signal.addEventListener("abort", watch.stop);
  const ending = await watch.ended;
  signal.removeEventListener("abort", watch.stop);
  if (performance.now() - beganAt > GOOD) state.failures = 0;
  return after(options, state, ending);
}

function after({ resync = RESYNC }: ReflectorOptions, state: State, ending: Ending): Problem | undefined {
  if (ending.why === "stopped") return undefined;
  if (ending.why === "gone" || performance.now() - state.listedAt > resync) state.version = undefined;
  if (ending.why === "refused") return ending.refusal;
  if (ending.why === "broken") return { reason: "Broken", detail: ending.detail };
  // Without a pause a server that ends every watch at once would be asked as fast as it answers.
  return state.failures === 0 && ending.why === "closed" ? again(state) : { reason: "Again", detail: ending.why };
}

function again(state: State): undefined {
  state.failures = 1;
}

const lasting: ReadonlySet<string> = new Set(["Forbidden", "NotFound", "Unauthorized", "Malformed"]);

async function pause(options: ReflectorOptions, state: State, { reason, detail }: Problem): Promise<void> {
  const { backoff, log, signal, watched, onRefused, onFirst } = options;
  const lasts = lasting.has(reason);
  if (lasts) onRefused?.();
  if (lasts && !state.listed) onFirst();
  if (state.told !== detail && reason !== "Again" && !signal.aborted)
    log.warn(`watching ${watched.what}: ${detail}; trying again`, { reason });
  state.told = detail;
  const length = pauseAfter(state.failures, backoff ?? (lasts ? patient : usual));
  state.failures += 1;
  await sleepUnless(length, signal);
}
