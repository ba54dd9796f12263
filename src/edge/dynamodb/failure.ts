import { messageOf, nameOf } from "../../core/thrown.ts";
import { StoreError } from "../../ports/store.ts";

/** One call, as a person would name it. */
export interface Call {
  /** IAM's name of it, such as `dynamodb:PutItem`. */
  readonly action: string;
  readonly table: string;
  readonly region: string;
}

const statusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;

const throttled = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "ThrottledException",
]);
/** The keys are not, or no longer, good: Lambda gives a new execution environment new ones. */
const badKeys = new Set([
  "ExpiredTokenException",
  "ExpiredToken",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "IncompleteSignatureException",
  "MissingAuthenticationTokenException",
  "InvalidAccessKeyId",
  "CredentialsProviderError",
]);

const fail = (code: StoreError["code"], message: string, retryable: boolean, cause: unknown): StoreError =>
  new StoreError(code, message, { retryable, cause });

/** By DynamoDB's developer guide, "Error handling with DynamoDB". */
function refused(name: string, { action, table, region }: Call, error: unknown): StoreError | undefined {
  const where = `table ${table} in ${region}`;
  if (throttled.has(name)) return fail("Throttled", `${action} on ${where} was throttled`, true, error);
  if (name === "AccessDeniedException")
    return fail("Forbidden", `no permission for ${action} on ${where}: allow it in the function's role`, false, error);
  if (badKeys.has(name))
    return fail("Forbidden", `${action} on ${where}: AWS does not take the credentials (${name})`, false, error);
  if (name === "ResourceNotFoundException")
    return fail("MissingTable", `there is no ${where}: wrong region, wrong name, or not deployed`, false, error);
  if (name !== "ValidationException") return undefined;
  const tooLarge = /item size/i.test(messageOf(error));
  const words = `${action} on ${where} was refused: ${messageOf(error)}`;
  return fail(tooLarge ? "TooLarge" : "Malformed", words, false, error);
}

/** Whatever the SDK threw, as the error that the store port knows. Without an answer it is worth repeating. */
export function storeError(error: unknown, call: Call): StoreError {
  const name = nameOf(error) ?? "";
  const known = refused(name, call, error);
  if (known !== undefined) return known;
  const status = statusOf(error);
  const words = `${call.action} on table ${call.table} in ${call.region} failed: ${name || messageOf(error)}`;
  const final = status !== undefined && status >= 400 && status < 500 && status !== 429;
  return fail(final ? "Malformed" : "Unreachable", words, !final, error);
}
