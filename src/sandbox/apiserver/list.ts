import { apiVersionOf, isCustom, kinds, type Resource } from "./kinds.ts";
import type { Objects, StoredObject } from "./objects.ts";
import { partialMetadata, wantsMetadata } from "./partial.ts";
import { fieldSelector, labelSelector } from "./selector.ts";
import { type Answer, badRequest, failure, ok } from "./status.ts";

export interface ListQuery {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  /** Oldest resourceVersion that a continue token may name. */
  readonly oldestToken: number;
  /** The request's `Accept`. */
  readonly accept?: string | undefined;
}

/** A list in pages. Continue tokens are opaque to clients; ours hold the version and where to go on. */
export function listObjects(objects: Objects, list: ListQuery): Answer {
  const matches = labelSelector(list.query.get("labelSelector") ?? "");
  if (matches === undefined) return badRequest("unable to parse requirement: found an unknown operator");
  const picks = fieldSelector(list.query.get("fieldSelector") ?? "");
  if (picks === undefined) return badRequest("invalid field selector");
  const token = readToken(list.query.get("continue"));
  if (token === "malformed") return badRequest("continue key is not valid: illegal base64 data");
  if (token !== undefined && Number(token.version) < list.oldestToken) return expired();
  const found = objects
    .list(list.resource, list.namespace)
    .filter((object) => matches(object.metadata.labels ?? {}) && picks(object))
    .filter((object) => token === undefined || position(object) > token.after);
  return ok(page(list, found, token?.version ?? objects.version));
}

function page(list: ListQuery, found: readonly StoredObject[], version: string): unknown {
  const limit = Number(list.query.get("limit") ?? 0) || found.length;
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const rest = found.length - items.length;
  const more = last !== undefined && rest > 0;
  const metadataOnly = wantsMetadata(list.accept);
  return {
    kind: metadataOnly ? "PartialObjectMetadataList" : `${kinds[list.resource].kind}List`,
    apiVersion: metadataOnly ? "meta.k8s.io/v1" : apiVersionOf(list.resource),
    metadata: {
      ...(more ? { continue: writeToken({ version, after: position(last) }) } : {}),
      // Not told where a label selector filters.
      ...(more && !list.query.has("labelSelector") ? { remainingItemCount: rest } : {}),
      resourceVersion: version,
    },
    items: items.map((item) => {
      if (metadataOnly) return partialMetadata(item);
      return isCustom(list.resource) ? item : withoutKind(item);
    }),
  };
}

const position = (object: StoredObject): string => `${object.metadata.namespace ?? ""}/${object.metadata.name}`;

function withoutKind({ kind, apiVersion, ...item }: StoredObject): unknown {
  return item;
}

interface Token {
  readonly version: string;
  readonly after: string;
}

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString("base64url");

function readToken(text: string | null): Token | "malformed" | undefined {
  if (text === null || text === "") return undefined;
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as Token;
  } catch {
    return "malformed";
  }
}

const expired = (): Answer =>
  failure(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
