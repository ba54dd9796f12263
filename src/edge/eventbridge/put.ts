import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { messageOf } from "../../core/thrown.ts";

export interface Entry {
  readonly bus: string;
  readonly source: string;
  /** `detail-type` */
  readonly type: string;
  /** JSON text. */
  readonly detail: string;
}

/** `code` as AWS names it, `why` for a person: what to do about it. */
export type PutDone = { readonly taken: true } | { readonly taken: false; readonly code: string; readonly why: string };

/** Never throws. */
export type Put = (entry: Entry) => Promise<PutDone>;

const nameOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "name" in error ? String(error.name) : "Unknown";

function whyOf(code: string, { bus }: Entry, region: string): string {
  if (/AccessDenied|NotAuthorized/.test(code)) return `no permission for events:PutEvents on bus ${bus}: allow it`;
  if (/ResourceNotFound/.test(code)) return `there is no bus ${bus} in ${region}: wrong region, or not deployed`;
  if (/Expired|UnrecognizedClient|Signature/.test(code)) return "AWS does not take the credentials";
  return "it is repeated later";
}

/** Codes of single entries that are worth another try at once (EventBridge API reference, PutEventsResultEntry). */
const passing = /Throttling|InternalFailure|InternalException|ServiceUnavailable/;
const attempts = 3;

/** The code of what went wrong with the call or with its entry; undefined when the bus took it. */
async function failureOf(client: EventBridgeClient, { bus, source, type, detail }: Entry): Promise<string | undefined> {
  const Entries = [{ EventBusName: bus, Source: source, DetailType: type, Detail: detail }];
  try {
    const { FailedEntryCount = 0, Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }));
    return FailedEntryCount === 0 ? results[0]?.ErrorCode : (results[0]?.ErrorCode ?? "Unknown");
  } catch (error) {
    return nameOf(error) === "Error" ? messageOf(error).slice(0, 100) : nameOf(error);
  }
}

/**
 * PutEvents answers 200 even when it took nothing: an entry that failed says so in the answer, and the SDK does not
 * repeat it. Failures of the whole call are repeated by the SDK.
 */
export function putEvents(region: string, client = clientFor(region)): Put {
  const once = async (entry: Entry): Promise<PutDone> => {
    const code = await failureOf(client, entry);
    return code === undefined ? { taken: true } : { taken: false, code, why: whyOf(code, entry, region) };
  };
  return async (entry) => {
    let done = await once(entry);
    for (let i = 1; i < attempts && !done.taken && passing.test(done.code); i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** i * (0.5 + Math.random() / 2)));
      done = await once(entry);
    }
    return done;
  };
}

const clientFor = (region: string): EventBridgeClient =>
  new EventBridgeClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
  });
