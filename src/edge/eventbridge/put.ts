import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { clientSettings } from "../aws/client.ts";
import type { Delivered } from "../aws/emitter.ts";
import { failureCode, kindNamed, kindOf, mayPass, sentenceFor } from "../aws/fault.ts";
import { repeatedly } from "../cloudevents/repeatedly.ts";

export interface Entry {
  readonly bus: string;
  readonly source: string;
  /** `detail-type` */
  readonly type: string;
  /** JSON text. */
  readonly detail: string;
}

/** Never throws. */
export type Put = (entry: Entry) => Promise<Delivered>;

interface Tried {
  readonly done: Delivered;
  /** Worth another try at once. */
  readonly again: boolean;
}

/** Code and kind of what went wrong with the call or with its one entry; undefined when the bus took it. */
async function failureOf(client: EventBridgeClient, { bus, source, type, detail }: Entry) {
  const Entries = [{ EventBusName: bus, Source: source, DetailType: type, Detail: detail }];
  try {
    const { FailedEntryCount = 0, Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }));
    const code = results[0]?.ErrorCode ?? (FailedEntryCount === 0 ? undefined : "Unknown");
    const kind = kindNamed(code ?? "") ?? "unknown";
    return code === undefined ? undefined : { code, kind, again: mayPass(kind) };
  } catch (error) {
    // The SDK has repeated it already.
    return { code: failureCode(error), kind: kindOf(error), again: false };
  }
}

/**
 * PutEvents answers 200 even when it took nothing: an entry that failed says so in the answer, and the SDK does not
 * repeat it. Failures of the whole call are repeated by the SDK.
 */
export function putEvents(region: string, client = new EventBridgeClient(clientSettings(region))): Put {
  const once = async (entry: Entry): Promise<Tried> => {
    const failure = await failureOf(client, entry);
    if (failure === undefined) return { done: { taken: true }, again: false };
    const { kind, code, again } = failure;
    const why = sentenceFor(kind, code, { action: "events:PutEvents", what: `bus ${entry.bus}`, region });
    return { done: { taken: false, code, why }, again };
  };
  return async (entry) => {
    const { done } = await repeatedly(
      () => once(entry),
      ({ again }) => again,
      { times: 2, pause: 100 },
    );
    return done;
  };
}
