import { StoreError } from "../../ports/store.ts";
import type { Refusal } from "./refusal.ts";

/** True where the API server knows the resource but no such object: then its Status names the object. */
export const isMissingObject = ({ status, kubeStatus }: Refusal): boolean =>
  status === 404 && kubeStatus?.details?.name !== undefined && kubeStatus.details.kind !== "namespaces";

/** A refusal as the error that the store port knows. */
export function storeError(refusal: Refusal, kind: { readonly kind: string; readonly resource: string }): StoreError {
  const code = codeFor(refusal);
  const message = code === "MissingCrd" ? missing(refusal, kind.kind) : refusal.detail;
  return new StoreError(code, message, { retryable: code === "Unreachable" });
}

function codeFor({ reason, status }: Refusal): StoreError["code"] {
  if (reason === "NotFound") return "MissingCrd";
  if (reason === "Forbidden" || reason === "Unauthorized") return "Forbidden";
  if (status === 413) return "TooLarge";
  return reason === "Unreachable" || reason === "Timeout" ? "Unreachable" : "Malformed";
}

const missing = ({ kubeStatus }: Refusal, kind: string): string =>
  kubeStatus?.details?.kind === "namespaces"
    ? `the namespace ${kubeStatus.details.name} does not exist`
    : `the API server does not know the kind ${kind}: apply keda-medic's CustomResourceDefinitions`;
