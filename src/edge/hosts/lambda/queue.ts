import { type Duration, seconds } from "../../../core/instant.ts";
import type { Log } from "../../../ports/log.ts";
import type { Round } from "../../../ports/responder.ts";
import { type Handle, type Handled, handleAll, untaken } from "../intake.ts";
import { isObject, type Message, readText } from "./message.ts";

/** Lambda developer guide, "Using Lambda with Amazon SQS": what of a record we read. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes?: { readonly ApproximateReceiveCount?: string };
}

/**
 * Which messages are to be delivered again. Only heeded when the mapping has ReportBatchItemFailures; then an empty list
 * is a success, and an answer of another shape would delete or repeat all.
 */
export interface QueueResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

const isRecord = (value: unknown): value is QueueRecord =>
  isObject(value) && typeof value["messageId"] === "string" && typeof value["body"] === "string";

/** The records of an SQS batch, of a mapping (`Records`) or of a pipe (a bare list). Undefined: it is none. */
export function recordsOf(event: unknown): readonly QueueRecord[] | undefined {
  const list = isObject(event) ? event["Records"] : event;
  return Array.isArray(list) && list.length > 0 && list.every(isRecord) ? list : undefined;
}

export interface QueueOptions {
  readonly handle: Handle;
  readonly tick: (round: Round) => Promise<Handled>;
  readonly log: Log;
  /** Until Lambda ends this process, and with it the whole batch; undefined where nobody says. */
  readonly remaining?: (() => Duration) | undefined;
}

/**
 * A message is only begun with so much time left: a look of 10 s ({@link answerWithin}), parking it in a slow table, and
 * sending spans.
 */
const beginWith: Duration = seconds(15);

/** Why a message is to come again, or to go to the dead letter queue; undefined when it is done. */
async function failureOf(message: Message, { handle, tick, log }: QueueOptions): Promise<string | undefined> {
  switch (message.kind) {
    case "events":
      return untaken[await handleAll(message.events, handle, log)]?.code;
    case "tick":
      return untaken[await tick(message.round)]?.code;
    case "foreign":
      return undefined;
    case "refused":
      return message.refusal.code;
  }
}

/** False when a message is done. */
async function fails({ messageId, body, attributes }: QueueRecord, options: QueueOptions): Promise<boolean> {
  const code = await failureOf(readText(body), options);
  if (code === undefined) return false;
  options.log.error("a message of the queue was not taken", {
    code,
    message_id: messageId,
    received: attributes?.ApproximateReceiveCount,
  });
  return true;
}

/** The first one is always begun: with too short a timeout nothing would ever be. */
const isTimeFor = (index: number, { remaining }: QueueOptions): boolean =>
  index === 0 || remaining === undefined || remaining() >= beginWith;

/**
 * Answers one batch, message by message: each is taken or failed for itself, so a poisoned one blocks nobody. What cannot
 * be understood is failed as often as the queue's redrive policy wants, and ends in the dead letter queue; the log says why.
 * What there is no time for is given back unread: a timeout would fail what is done, too.
 */
export async function answerQueue(records: readonly QueueRecord[], options: QueueOptions): Promise<QueueResult> {
  const failed: QueueRecord[] = [];
  for (const [index, record] of records.entries()) {
    if (!isTimeFor(index, options)) {
      const left = records.slice(index);
      options.log.warn("messages of the queue were given back: no time left", {
        code: "NoTimeLeft",
        count: left.length,
      });
      failed.push(...left);
      break;
    }
    if (await fails(record, options)) failed.push(record);
  }
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
