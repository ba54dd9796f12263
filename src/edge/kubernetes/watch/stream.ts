import type http from "node:http";
import type { Duration } from "../../../core/instant.ts";
import { messageOf } from "../../../core/thrown.ts";
import type { KubeObject } from "../../../ports/cluster.ts";
import type { ClusterAccess, TokenUse } from "../access.ts";
import { headersOf, openRequest } from "../exchange.ts";
import { isKubeObject } from "../look.ts";
import { fullPath, type Query } from "../path.ts";
import { type KubeStatus, noCredentials, type Refusal, refusalFor } from "../refusal.ts";
import { linesOf } from "./lines.ts";

/** One watch, from one version on. */
export interface WatchCall {
  readonly access: ClusterAccess;
  readonly agent: http.Agent;
  /** Made by `kubePath`. */
  readonly path: string;
  readonly query: Query;
  readonly accept: string;
  /** How long the API server is asked to keep it open. */
  readonly length: Duration;
}

export type WatchType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

/** Called in order; must not throw. */
export type OnWatchEvent = (type: WatchType, object: KubeObject) => void;

/**
 * - `closed`: its time was over, or the API server wanted an end: go on from the last version.
 * - `gone`: the version is too old (410): list again.
 * - `refused`: the API server says no.
 * - `broken`: the connection is: go on from the last version.
 * - `stopped`: by us.
 */
export type Ending =
  | { readonly why: "closed" | "gone" | "stopped" }
  | { readonly why: "refused"; readonly refusal: Refusal }
  | { readonly why: "broken"; readonly detail: string };

export interface OpenWatch {
  readonly ended: Promise<Ending>;
  /** Ends it at once: no event is handed on after this. */
  stop(): void;
}

const ANSWER_WITHIN: Duration = 10_000;
/** A server that is still silent this long after the end that it was asked for is gone. */
const PATIENCE: Duration = 30_000;
/** An object may have 1.5 MB in etcd. */
const LONGEST_LINE = 4 * 1024 * 1024;
/** Unseen ends (a node that lost power, a load balancer that forgot us) are found by TCP. */
const KEEP_ALIVE: Duration = 15_000;

/** Opens a watch. Never throws; asks for a fresh token once. */
export function openWatch(call: WatchCall, onEvent: OnWatchEvent): OpenWatch {
  const control = new AbortController();
  const first = attempt(call, "cached", { onEvent, signal: control.signal });
  const ended = first.then((ending) =>
    ending.why === "refused" && ending.refusal.status === 401 && !control.signal.aborted
      ? attempt(call, "fresh", { onEvent, signal: control.signal })
      : ending,
  );
  return { ended, stop: () => control.abort() };
}

interface Reading {
  readonly onEvent: OnWatchEvent;
  readonly signal: AbortSignal;
}

const stopped: Ending = { why: "stopped" };

async function attempt(call: WatchCall, how: TokenUse, reading: Reading): Promise<Ending> {
  const token = await call.access.token(how).catch(noCredentials);
  if (reading.signal.aborted) return stopped;
  if (typeof token === "object") return { why: "refused", refusal: token };
  return converse(call, token, reading);
}

function converse(call: WatchCall, token: string | undefined, { onEvent, signal }: Reading): Promise<Ending> {
  return new Promise((resolve) => {
    const request = open(call, token);
    let over = false;
    const end = (ending: Ending): void => {
      if (over) return;
      over = true;
      clearTimeout(silent);
      signal.removeEventListener("abort", stop);
      request.destroy();
      resolve(ending);
    };
    const stop = (): void => end(stopped);
    const broken = (detail: string) => (): void => end({ why: "broken", detail });
    let silent = setTimeout(broken("no answer in time"), ANSWER_WITHIN);
    signal.addEventListener("abort", stop);
    request.once("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE));
    request.on("error", (error) => end({ why: "broken", detail: error.message }));
    request.once("response", (response) => {
      clearTimeout(silent);
      silent = setTimeout(broken("no end in time"), call.length + PATIENCE);
      response.once("error", broken("the watch broke off"));
      response.once("close", broken("the watch broke off"));
      if (response.statusCode === 200) follow(response, { onEvent: (...event) => over || onEvent(...event), end });
      else refuse(call, response, end);
    });
    request.end();
  });
}

function open({ access, agent, path, query, accept, length }: WatchCall, token: string | undefined) {
  const { server } = access;
  const timeoutSeconds = Math.max(1, Math.round(length / 1000));
  const asked = { ...query, watch: "true", allowWatchBookmarks: "true", timeoutSeconds };
  return openRequest({
    server,
    agent,
    method: "GET",
    path: fullPath(server, path, asked),
    headers: { ...headersOf(access, token), accept },
  });
}

interface Following {
  readonly onEvent: OnWatchEvent;
  readonly end: (ending: Ending) => void;
}

function follow(response: http.IncomingMessage, { onEvent, end }: Following): void {
  const lines = linesOf(LONGEST_LINE, (line) => {
    const ending = tell(line, onEvent);
    if (ending !== undefined) end(ending);
  });
  response.on("data", (chunk: Buffer) => {
    if (!lines.push(chunk)) end({ why: "broken", detail: `a line of more than ${LONGEST_LINE} bytes` });
  });
  response.once("end", () => end({ why: "closed" }));
}

const types: ReadonlySet<string> = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]);

/** A bookmark is of the watched kind, but has no name: only its resourceVersion counts. */
const hasMetadata = (object: Partial<KubeObject> | null | undefined): boolean =>
  typeof object?.metadata === "object" && object.metadata !== null;

/** An object may be of another shape than its kind has: that ends this watch, not the process. */
function handOn(type: WatchType, object: KubeObject, onEvent: OnWatchEvent): Ending | undefined {
  try {
    onEvent(type, object);
    return undefined;
  } catch (error) {
    return { why: "broken", detail: `a watch event that cannot be read: ${messageOf(error)}` };
  }
}

/** Hands on one event; an ending where the line is the server's farewell, or nothing that can be read. */
function tell(line: string, onEvent: OnWatchEvent): Ending | undefined {
  const { type = "", object } = read(line);
  if (types.has(type) && (type === "BOOKMARK" ? hasMetadata(object) : isKubeObject(object))) {
    return handOn(type as WatchType, object as KubeObject, onEvent);
  }
  if (type !== "ERROR") return { why: "broken", detail: "a line that is no watch event" };
  const { code, reason, message } = (object ?? {}) as KubeStatus & { readonly code?: number };
  const gone = code === 410 || reason === "Expired" || reason === "Gone";
  return gone ? { why: "gone" } : { why: "broken", detail: message ?? "the API server ended the watch with an error" };
}

function read(line: string): { readonly type?: string; readonly object?: Partial<KubeObject> | null } {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

function refuse({ path }: WatchCall, response: http.IncomingMessage, end: (ending: Ending) => void): void {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => {
    if (chunks.length < 16) chunks.push(chunk);
  });
  response.once("end", () => {
    const { statusCode: status = 0 } = response;
    const refusal = refusalFor({ method: "WATCH", path }, status, Buffer.concat(chunks));
    end(status === 410 ? { why: "gone" } : { why: "refused", refusal });
  });
}
