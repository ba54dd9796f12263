import { type Duration, seconds } from "../../../core/instant.ts";
import { codeOf } from "../../../core/thrown.ts";
import type { Log } from "../../../ports/log.ts";
import type { Round } from "../../../ports/responder.ts";
import { type Handle, type Handled, handleAll, untaken } from "../intake.ts";
import { problemReply } from "../problem.ts";
import type { Authorize } from "../token.ts";
import { answerUrl, isUrlEvent, resultOf, type UrlResult } from "./functionUrl.ts";
import { isBusEvent, isCloudEvent, isObject, type Message, readBusEvent, readValue, unknownShape } from "./message.ts";
import { answerQueue, type QueueResult, recordsOf } from "./queue.ts";

/**
 * How long a look may take on Lambda. Elsewhere an event is answered within two seconds and the look goes on after it;
 * here the process is frozen with the answer, and half a look would thaw with the next event. Queue and bus do not wait
 * for us; the timeouts of the functions in `serverless.yml` leave room for it.
 */
export const answerWithin: Duration = seconds(10);

/** What came of an invocation that is neither HTTP nor a queue. `code`: why it was refused. */
export interface Told {
  readonly outcome: Handled | "refused";
  readonly code?: string;
}

export type LambdaResult = UrlResult | QueueResult | Told;

/** What we use of Lambda's context object. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop?: boolean;
  /** Milliseconds until the function's timeout. */
  getRemainingTimeInMillis?(): number;
}

/** An event in, a result out. What is thrown is repeated by Lambda (asynchronous: twice, then the on-failure destination). */
export type LambdaHandler = (event: unknown, context?: LambdaContext) => Promise<LambdaResult>;

export interface LambdaHost {
  readonly handle: Handle;
  /** Undefined where the role has no timer. Throws StoreError. */
  readonly sweep: ((round: Round) => Promise<{ readonly looked: boolean }>) | undefined;
  readonly token?: string | undefined;
  readonly authorize?: Authorize | undefined;
  readonly log: Log;
  /** Sends spans, says what must be said: before the answer, because the process is frozen after it. */
  readonly end: () => Promise<void>;
}

/** What the next try may mend. */
type Repeatable = "inProgress" | "parkingFailed";
const isRepeatable = (outcome: Handled): outcome is Repeatable =>
  outcome === "inProgress" || outcome === "parkingFailed";

/** Nothing was taken: throwing it makes Lambda, EventBridge or the caller repeat the event. */
class NotTaken extends Error {
  readonly code: string;
  constructor(outcome: Repeatable) {
    const why = outcome === "inProgress" ? "this very event is being worked on" : "it was neither judged nor parked";
    super(`the event was not taken: ${why}; it must be repeated`);
    this.name = "NotTaken";
    this.code = untaken[outcome].code;
  }
}

async function tick({ sweep, log }: LambdaHost, round: Round): Promise<Handled> {
  if (sweep === undefined) {
    log.warn("a tick was ignored: this function has no timer", { code: "NoTimer" });
    return "ignored";
  }
  return (await sweep(round)).looked ? "taken" : "parkingFailed";
}

/** As {@link tick}, for a queue, where one message must not fail its neighbours. */
async function safeTick(host: LambdaHost, round: Round): Promise<Handled> {
  try {
    return await tick(host, round);
  } catch (error) {
    host.log.error("a tick failed", { code: codeOf(error) ?? "Unexpected" });
    return "parkingFailed";
  }
}

/** What repetition cannot mend is told and not thrown: it would only be refused three times. */
async function outcomeOf(message: Message, host: LambdaHost): Promise<Told> {
  if (message.kind === "foreign") return { outcome: "ignored" };
  if (message.kind === "refused") {
    host.log.error("an event was refused", { code: message.refusal.code });
    return { outcome: "refused", code: message.refusal.code };
  }
  const outcome =
    message.kind === "tick" ? await tick(host, message.round) : await handleAll(message.events, host.handle, host.log);
  if (isRepeatable(outcome)) throw new NotTaken(outcome);
  return outcome === "otherCluster" ? { outcome: "refused", code: untaken.otherCluster.code } : { outcome };
}

/**
 * `{}` and `{"action":"sweep"}`, by hand or by a schedule with an input of its own; `"round":"due"` asks for what has
 * fallen due and no more. Undefined: it is no tick.
 */
function roundOf(event: unknown): Round | undefined {
  if (!isObject(event)) return undefined;
  if (Object.keys(event).length === 0) return "all";
  const { action, round = "all" } = event;
  return action === "sweep" && (round === "all" || round === "due") ? round : undefined;
}

function messageOf(event: unknown): Message {
  if (isBusEvent(event)) return readBusEvent(event);
  const round = roundOf(event);
  if (round !== undefined) return { kind: "tick", round };
  const known = isCloudEvent(event) || (Array.isArray(event) && event.every(isCloudEvent));
  return known ? readValue(event) : { kind: "refused", refusal: unknownShape };
}

/** REST APIs and payload format 1.0 have another shape, and want an answer that says so. */
const isOldHttp = (event: unknown): boolean => isObject(event) && typeof event["httpMethod"] === "string";
const wrongFormat = resultOf(
  problemReply({
    status: 400,
    code: "PayloadFormat",
    sentence: "Requests are taken in payload format 2.0 only: use a function URL, or an HTTP API with that format.",
  }),
);

async function dispatch(event: unknown, host: LambdaHost, context: LambdaContext | undefined): Promise<LambdaResult> {
  const { handle, log, token, authorize } = host;
  if (isUrlEvent(event)) return answerUrl(event, handle, { token, authorize, log });
  if (isOldHttp(event)) return wrongFormat;
  const records = recordsOf(event);
  if (records !== undefined) {
    const remaining = context?.getRemainingTimeInMillis?.bind(context);
    return answerQueue(records, { handle, log, tick: (round) => safeTick(host, round), remaining });
  }
  return outcomeOf(messageOf(event), host);
}

/**
 * One role behind every way that Lambda is invoked: HTTP, SQS, EventBridge, a schedule, a direct call. Deliveries may
 * come twice: the flow is idempotent. Everything is awaited: a promise that is left behind would sleep with the process.
 */
export function lambdaHandlerFor(host: LambdaHost): LambdaHandler {
  return async (event, context) => {
    // Idle connections to AWS and to the cluster are kept for the next event and must hold up no answer.
    if (context !== undefined) context.callbackWaitsForEmptyEventLoop = false;
    try {
      return await dispatch(event, host, context);
    } finally {
      await host.end();
    }
  };
}
