import { messageOf, nameOf } from "../../core/thrown.ts";
import { StoreError } from "../../ports/store.ts";
import { type Call, failureCode, type Kind, kindOf, mayPass, sentenceFor } from "../aws/fault.ts";

const codes: Readonly<Record<Kind, StoreError["code"]>> = {
  permission: "Forbidden",
  expired: "Forbidden",
  noCredentials: "Forbidden",
  badCredentials: "Forbidden",
  throttled: "Throttled",
  region: "MissingTable",
  absent: "MissingTable",
  unreachable: "Unreachable",
  unknown: "Malformed",
};

/** By DynamoDB's developer guide, "Error handling with DynamoDB": what is wrong stands in the message. */
function invalid(error: unknown, { action, what, region }: Call): StoreError {
  const message = messageOf(error);
  const code = /item size/i.test(message) ? "TooLarge" : "Malformed";
  const words = `${action} on ${what} in ${region} was refused: ${message}`;
  return new StoreError(code, words, { retryable: false, cause: error });
}

/** Whatever the SDK threw, as the error that the store port knows. Without an answer it is worth repeating. */
export function storeError(error: unknown, call: Call): StoreError {
  if (nameOf(error) === "ValidationException") return invalid(error, call);
  const kind = kindOf(error);
  const sentence = sentenceFor(kind, failureCode(error), call);
  return new StoreError(codes[kind], sentence, { retryable: mayPass(kind), cause: error });
}
