import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { clientSettings, type Delivered, failureCode } from "../aws/client.ts";
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

function whyOf(code: string, { bus }: Entry, region: string): string {
  if (/AccessDenied|NotAuthorized/.test(code)) return `no permission for events:PutEvents on bus ${bus}: allow it`;
  if (/ResourceNotFound/.test(code)) return `there is no bus ${bus} in ${region}: wrong region, or not deployed`;
  if (/Expired|UnrecognizedClient|Signature/.test(code)) return "AWS does not take the credentials";
  return "it is repeated later";
}

/** Codes of single entries that are worth another try at once (EventBridge API reference, PutEventsResultEntry). */
const passing = /Throttling|InternalFailure|InternalException|ServiceUnavailable/;
const isPassing = (done: Delivered): boolean => !done.taken && passing.test(done.code);

/** The code of what went wrong with the call or with its entry; undefined when the bus took it. */
async function failureOf(client: EventBridgeClient, { bus, source, type, detail }: Entry): Promise<string | undefined> {
  const Entries = [{ EventBusName: bus, Source: source, DetailType: type, Detail: detail }];
  try {
    const { FailedEntryCount = 0, Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }));
    return FailedEntryCount === 0 ? results[0]?.ErrorCode : (results[0]?.ErrorCode ?? "Unknown");
  } catch (error) {
    return failureCode(error);
  }
}

/**
 * PutEvents answers 200 even when it took nothing: an entry that failed says so in the answer, and the SDK does not
 * repeat it. Failures of the whole call are repeated by the SDK.
 */
export function putEvents(region: string, client = new EventBridgeClient(clientSettings(region))): Put {
  const once = async (entry: Entry): Promise<Delivered> => {
    const code = await failureOf(client, entry);
    return code === undefined ? { taken: true } : { taken: false, code, why: whyOf(code, entry, region) };
  };
  return (entry) => repeatedly(() => once(entry), isPassing, { times: 2, pause: 100 });
}
