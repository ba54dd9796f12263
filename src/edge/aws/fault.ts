import { codeOf, messageOf, nameOf } from "../../core/thrown.ts";

/**
 * What an error of AWS means, whichever service it comes from. `absent`: what we named is not there. `unknown`: AWS
 * refused it for another reason, or there is nothing that we know about it.
 */
export type Kind =
  | "permission"
  | "expired"
  | "noCredentials"
  | "badCredentials"
  | "throttled"
  | "region"
  | "absent"
  | "unreachable"
  | "unknown";

/**
 * AWS's names. Services spell them with and without `Exception`, so that is taken off first ("Common error types" of the
 * API references of DynamoDB, SQS, EventBridge and EKS; the SDK's own names for what it could not even send).
 */
const kinds: Readonly<Record<string, Kind>> = {
  AccessDenied: "permission",
  NotAuthorized: "permission",
  UnauthorizedOperation: "permission",
  ExpiredToken: "expired",
  RequestExpired: "expired",
  CredentialsProviderError: "noCredentials",
  MissingAuthenticationToken: "noCredentials",
  UnrecognizedClient: "badCredentials",
  InvalidClientTokenId: "badCredentials",
  InvalidAccessKeyId: "badCredentials",
  InvalidSignature: "badCredentials",
  SignatureDoesNotMatch: "badCredentials",
  IncompleteSignature: "badCredentials",
  NotAuthenticated: "badCredentials",
  Throttling: "throttled",
  Throttled: "throttled",
  RequestThrottled: "throttled",
  RequestLimitExceeded: "throttled",
  TooManyRequests: "throttled",
  ProvisionedThroughputExceeded: "throttled",
  OverLimit: "throttled",
  ResourceNotFound: "absent",
  QueueDoesNotExist: "absent",
  "AWS.SimpleQueueService.NonExistentQueue": "absent",
  TimeoutError: "unreachable",
  InternalFailure: "unreachable",
  InternalServerError: "unreachable",
  Internal: "unreachable",
  ServiceUnavailable: "unreachable",
};

const statusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;

/** By AWS's name alone, as an entry of PutEvents has it. Undefined: we do not know it. */
export const kindNamed = (name: string): Kind | undefined => {
  const short = name.replace(/Exception$/, "");
  return Object.hasOwn(kinds, short) ? kinds[short] : undefined;
};

/** A signature for another region is refused as a bad one; only its message tells. */
const isForeignRegion = (error: unknown): boolean => /scoped to (a valid|the) region/i.test(messageOf(error));

function byStatus(status: number | undefined): Kind {
  if (status === undefined || status >= 500) return "unreachable";
  return status === 429 ? "throttled" : "unknown";
}

/** What the SDK threw. Without an answer of AWS it is `unreachable`. */
export function kindOf(error: unknown): Kind {
  const kind = kindNamed(nameOf(error) ?? "") ?? byStatus(statusOf(error));
  if (kind === "badCredentials" && isForeignRegion(error)) return "region";
  return kind;
}

/** Node's name for what went wrong on the line; the SDK may have wrapped the error that had it as its code. */
const lineCode = (error: unknown): string | undefined => codeOf(error) ?? /\bE[A-Z_]{4,}\b/.exec(messageOf(error))?.[0];

/** What the SDK threw, by the name that says most; the beginning of its message where it has no name of its own. */
export function failureCode(error: unknown): string {
  const name = nameOf(error) ?? "Unknown";
  return name === "Error" ? (lineCode(error) ?? messageOf(error).slice(0, 100)) : name;
}

/** True where the same call may succeed in a while, and nobody has to do anything for it. */
export const mayPass = (kind: Kind): boolean => kind === "throttled" || kind === "unreachable";

/** One call, as a person would name it. */
export interface Call {
  /** IAM's name of it, such as `dynamodb:PutItem`. */
  readonly action: string;
  /** Such as `table incidents`. */
  readonly what: string;
  readonly region: string;
}

const noKeys =
  "there are no credentials: on Lambda the function's role gives them, elsewhere set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const otherKeys = "Lambda gives each new execution environment new ones, elsewhere sign in again";

/** One sentence: what is missing, and what to do. `code`: AWS's name, for whoever searches for it. */
export function sentenceFor(kind: Kind, code: string, { action, what, region }: Call): string {
  const where = `${what} in ${region}`;
  switch (kind) {
    case "permission":
      return `no permission for ${action} on ${where}: allow it in the function's role`;
    case "expired":
      return `${action} on ${where}: the credentials have expired (${code}): ${otherKeys}`;
    case "noCredentials":
      return `${action} on ${where}: ${noKeys} (${code})`;
    case "badCredentials":
      return `${action} on ${where}: AWS does not take the credentials (${code}): other keys, or a region that this account has not enabled`;
    case "throttled":
      return `${action} on ${where} was throttled (${code}): it is repeated later`;
    case "region":
      return `${action}: ${what} is not in ${region}: set AWS_REGION to where it is`;
    case "absent":
      return `there is no ${where}: wrong region, wrong name, or not deployed`;
    case "unreachable":
      return `${action} on ${where} failed: ${code}${code === "ENOTFOUND" ? ` (no such region, or no name server)` : ""}: it is repeated later`;
    case "unknown":
      return `${action} on ${where} was refused: ${code}`;
  }
}
