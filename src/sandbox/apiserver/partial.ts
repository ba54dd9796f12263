import type { StoredObject } from "./objects.ts";

/** Whether a request asks for metadata only. */
export const wantsMetadata = (accept: string | undefined): boolean => /as=PartialObjectMetadata/.test(accept ?? "");

/** An object without its content. */
export const partialMetadata = ({ metadata }: StoredObject): unknown => ({
  kind: "PartialObjectMetadata",
  apiVersion: "meta.k8s.io/v1",
  metadata,
});
