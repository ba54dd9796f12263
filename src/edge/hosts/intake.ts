import type { IncomingEvent } from "../../core/event.ts";
import { codeOf } from "../../core/thrown.ts";
import type { Log } from "../../ports/log.ts";
import { decodeEvents } from "../cloudevents/decode.ts";
import { type Headers, headerOf, lowerCased } from "../cloudevents/headers.ts";
import { allow, handshake } from "./handshake.ts";
import { type Problem, problemReply, type Reply } from "./problem.ts";
import { type Authorize, checkCaller, checkToken, withoutToken } from "./token.ts";

/**
 * What became of one event. `ignored`: it is none of ours, and the sender may forget it too. `otherCluster`: it names a
 * cluster that this process does not serve; only hosts outside of their cluster say so.
 */
export type Handled = "taken" | "ignored" | "otherCluster" | "inProgress" | "parkingFailed";

/** What the flow does with one event. May throw; then nothing is known to be safe and the sender must repeat it. */
export type Handle = (event: IncomingEvent) => Promise<Handled>;

/** One HTTP request, whichever host received it. */
export interface IntakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** By lower-case name when `rawHeaders` is there, else in any case. */
  readonly headers: Headers;
  /** Names and values as sent, where the host has them: shows repeated headers. */
  readonly rawHeaders?: readonly string[];
  readonly body: Buffer;
}

export interface IntakeOptions {
  /** Shared bearer token; without one everybody who reaches us may post. */
  readonly token?: string | undefined;
  /** Checks callers' own tokens instead. */
  readonly authorize?: Authorize | undefined;
  readonly log: Log;
}

/**
 * Empty, and without `ce-` headers: a broker takes a 2xx with any other body for a failed delivery, and a CloudEvent in
 * the answer for a new event.
 */
const noContent: Reply = { status: 204, headers: {} };

/** Why the sender is told that its event was not taken; undefined where it may forget it. */
export const untaken = {
  ignored: undefined,
  taken: undefined,
  otherCluster: {
    status: 403,
    code: "OtherCluster",
    sentence: "The event names a cluster that is not served here.",
  },
  inProgress: {
    status: 409,
    code: "InProgress",
    sentence: "This very event is being worked on; repeat it later.",
  },
  parkingFailed: {
    status: 503,
    code: "ParkingFailed",
    sentence: "The event could be neither judged nor parked; repeat it.",
  },
} as const satisfies Readonly<Record<Handled, Problem | undefined>>;

/** Seconds; brokers heed it only behind a feature flag, others may. */
const retryAfter = { "retry-after": "5" };

/** The last one decides for a whole batch. */
const worse: readonly Handled[] = ["ignored", "taken", "otherCluster", "inProgress", "parkingFailed"];

const replies: Readonly<Record<Handled, Reply>> = {
  ignored: noContent,
  taken: noContent,
  otherCluster: problemReply(untaken.otherCluster),
  inProgress: problemReply(untaken.inProgress, retryAfter),
  parkingFailed: problemReply(untaken.parkingFailed, retryAfter),
};

/** Only a code is logged: a foreign error's message may quote what it choked on. */
const loggedCode = (error: unknown): string => codeOf(error)?.slice(0, 64) ?? "Unexpected";

async function handleOne(event: IncomingEvent, handle: Handle, log: Log): Promise<Handled> {
  try {
    return await handle(event);
  } catch (error) {
    log.error("handling an event failed", { code: loggedCode(error) });
    return "parkingFailed";
  }
}

/** One after the other: events of one batch mostly concern one incident, and would only conflict with each other. */
async function handleBatch(events: readonly IncomingEvent[], handle: Handle, log: Log): Promise<Handled> {
  let worst: Handled = "ignored";
  for (const event of events) {
    const outcome = await handleOne(event, handle, log);
    if (worse.indexOf(outcome) > worse.indexOf(worst)) worst = outcome;
  }
  return worst;
}

/** All events of one message; the worst outcome counts. Never throws. */
export function handleAll(events: readonly IncomingEvent[], handle: Handle, log: Log): Promise<Handled> {
  const only = events.length === 1 ? events[0] : undefined;
  return only === undefined ? handleBatch(events, handle, log) : handleOne(only, handle, log);
}

/** Everything that can be said before the body is read, by lower-case headers. Undefined: read it and call {@link answerBody}. */
export function answerEarly(request: Omit<IntakeRequest, "body">, options: IntakeOptions): Reply | undefined {
  if (request.path !== "/") {
    // Not 404: brokers repeat a 404 for minutes, and a wrong path does not mend itself.
    return problemReply({ status: 400, code: "WrongPath", sentence: "Events are taken at / only." });
  }
  if (request.method === "OPTIONS") return handshake(request.headers);
  if (request.method !== "POST") {
    return problemReply(
      { status: 405, code: "MethodNotAllowed", sentence: "Events are taken by POST only." },
      { allow },
    );
  }
  return answerByToken(request.headers, options);
}

function answerByToken(headers: Headers, { token, authorize }: IntakeOptions): Reply | undefined {
  if (token !== undefined) return checkToken(headerOf(headers, "authorization"), token);
  return authorize === undefined ? undefined : withoutToken(headerOf(headers, "authorization"));
}

/** As {@link answer}, for a request that {@link answerEarly} has let pass. */
export async function answerBody(request: IntakeRequest, handle: Handle, options: IntakeOptions): Promise<Reply> {
  if (options.authorize !== undefined) {
    const refused = await checkCaller(headerOf(request.headers, "authorization"), options.authorize);
    if (refused !== undefined) return refused;
  }
  const decoded = decodeEvents(request.headers, request.body, request.rawHeaders);
  if (!decoded.ok) {
    options.log.warn("request refused", { code: decoded.code, status: decoded.status });
    return problemReply(decoded);
  }
  return replies[await handleAll(decoded.events, handle, options.log)];
}

/**
 * Answers one request: 204 for taken and ignored events, 409 while the same event is in progress, 503 only when an event
 * is safe nowhere, else a refusal by code. Never throws, never echoes what was sent.
 */
export async function answer(request: IntakeRequest, handle: Handle, options: IntakeOptions): Promise<Reply> {
  const known = request.rawHeaders === undefined ? { ...request, headers: lowerCased(request.headers) } : request;
  return answerEarly(known, options) ?? answerBody(known, handle, options);
}
