import { StoreError } from "../../ports/store.ts";
import type { Refusal } from "./refusal.ts";

/** True where the API server knows the resource but no such object: then its Status names the object. */
export const isMissingObject = ({ status, kubeStatus }: Refusal): boolean =>
  status === 404 && kubeStatus?.details?.name !== undefined && kubeStatus.details.kind !== "namespaces";

/** A refusal as the error that the store port knows. */
export function storeError(refusal: Refusal, kind: { readonly kind: string; readonly resource: string }): StoreError {
  const code = codeFor(refusal);
  const message = code === "MissingCrd" ? missing(refusal, kind.kind) : hinted(refusal);
  return new StoreError(code, message, { retryable: code === "Unreachable" });
}

function codeFor({ reason, status }: Refusal): StoreError["code"] {
  if (reason === "NotFound") return "MissingCrd";
  if (reason === "Forbidden" || reason === "Unauthorized") return "Forbidden";
  if (status === 413) return "TooLarge";
  return reason === "Unreachable" || reason === "Timeout" ? "Unreachable" : "Malformed";
}

/** A schema that refuses what we write is another version's. */
const hinted = ({ status, detail }: Refusal): string =>
  status === 422 ? `${detail}: are the CustomResourceDefinitions those of this version?` : detail;

/** The CRD is of an older version than we are: nothing may be done on the strength of what it stores. */
export const olderCrd = (kind: { readonly resource: string }, why: string): StoreError =>
  new StoreError(
    "MissingCrd",
    `the CustomResourceDefinition ${kind.resource}.kedamedic.dev is older than this keda-medic (${why}): apply its CustomResourceDefinitions`,
    { retryable: false },
  );

const missing = ({ kubeStatus }: Refusal, kind: string): string =>
  kubeStatus?.details?.kind === "namespaces"
    ? `the namespace ${kubeStatus.details.name} does not exist`
    : `the API server does not know the kind ${kind}: apply keda-medic's CustomResourceDefinitions`;
