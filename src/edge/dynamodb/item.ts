import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { type Incident, isOver } from "../../core/incident.ts";
import type { Installation } from "../../core/installation.ts";
import type { Duration, Instant } from "../../core/instant.ts";
import { messageOf } from "../../core/thrown.ts";
import type { Versioned } from "../../ports/store.ts";
import { refuseTooLarge } from "../kubernetes/documents.ts";
import { incidentSpec, incidentStatus } from "../kubernetes/incidentShape.ts";
import { installationStatus } from "../kubernetes/installationShape.ts";

export type Item = Record<string, AttributeValue>;

/** Attribute that DynamoDB's time to live is set on: whole seconds since 1970. */
export const ttlAttribute = "ttl";

/** How one kind of document is kept as one item. */
export interface ItemKind<T extends { readonly name: string; readonly updatedAt: Instant }> {
  /** The partition key. */
  readonly kind: string;
  /** Longest document in bytes of JSON: two orders below DynamoDB's 400 KB an item. */
  readonly limitBytes: number;
  /** What the JSON in attribute `document` holds. */
  encode(document: T): unknown;
  /** Throws `Nonsense`. */
  decode(name: string, raw: unknown): T;
  /** True when it may go some day. */
  isOver(document: T): boolean;
}

export const incidents: ItemKind<Incident> = {
  kind: "Incident",
  limitBytes: 4 * 1024,
  encode: (incident) => ({
    ...(incidentSpec.encode(incident) as object),
    ...(incidentStatus.encode(incident) as object),
  }),
  decode: (name, raw) => ({
    name,
    ...incidentSpec.decode(raw, "document"),
    ...incidentStatus.decode(raw, "document"),
  }),
  isOver,
};

export const installations: ItemKind<Installation> = {
  kind: "Installation",
  limitBytes: 16 * 1024,
  encode: (installation) => installationStatus.encode(installation),
  decode: (name, raw) => ({ name, ...installationStatus.decode(raw, "document") }),
  isOver: () => false,
};

const seconds = (at: Instant): string => String(Math.floor(at / 1000));

/** The document as an item. Throws StoreError `TooLarge` before DynamoDB would. */
export function toItem<T extends { readonly name: string; readonly updatedAt: Instant }>(
  kind: ItemKind<T>,
  document: T,
  { version, keepFor }: { readonly version: string; readonly keepFor: Duration },
): Item {
  refuseTooLarge(kind, document);
  return {
    kind: { S: kind.kind },
    name: { S: document.name },
    version: { S: version },
    // Milliseconds; for people and for what else reads the table.
    updatedAt: { N: String(document.updatedAt) },
    document: { S: JSON.stringify(kind.encode(document)) },
    ...(kind.isOver(document) ? { [ttlAttribute]: { N: seconds(document.updatedAt + keepFor) } } : {}),
  };
}

/** DynamoDB deletes an expired item within days, so a reader must not see it before that either. */
export function isExpired(item: Item, now: Instant): boolean {
  const ttl = item[ttlAttribute]?.N;
  return ttl !== undefined && Number(ttl) <= Math.floor(now / 1000);
}

/** The document in an item, or why it is none: people can edit items. */
export function fromItem<T extends { readonly name: string; readonly updatedAt: Instant }>(
  kind: ItemKind<T>,
  item: Item,
): Versioned<T> | { readonly problem: string } {
  const name = item["name"]?.S ?? "";
  try {
    const document = kind.decode(name, JSON.parse(item["document"]?.S ?? ""));
    return { document, version: item["version"]?.S ?? "" };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
