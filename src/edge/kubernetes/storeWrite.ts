import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../../core/thrown.ts";
import { type Saved, StoreError } from "../../ports/store.ts";
import type { KubeAnswer, KubeClient, KubeSuccess } from "./client.ts";
import type { Shown } from "./conditions.ts";
import { type DocumentKind, type StoredObject, storeGroup, storeVersion } from "./documents.ts";
import { parse } from "./look.ts";
import { kubePath } from "./path.ts";
import { olderCrd, storeError } from "./storeError.ts";

/** Where documents are written. */
export interface Where {
  readonly client: KubeClient;
  readonly namespace: string;
}

export const documentPath = (namespace: string, resource: string, ...name: string[]): string =>
  kubePath("apis", storeGroup, storeVersion, "namespaces", namespace, resource, ...name);

const head = (kind: string) => ({ apiVersion: `${storeGroup}/${storeVersion}`, kind });

/** POSTs the object with its `spec`: the API server takes a status by its own path only. Gives the version. Throws StoreError. */
export async function createObject<T extends { name: string }>(
  { client, namespace }: Where,
  kind: DocumentKind<T>,
  document: T,
): Promise<string | "exists"> {
  const { name } = document;
  const { spec } = kind.encode(document);
  const body = { ...head(kind.kind), metadata: { name, namespace }, spec } satisfies StoredObject;
  const answer = await client.request({ method: "POST", path: documentPath(namespace, kind.resource), body });
  if (answer.ok) return (parse(answer.body) as StoredObject | undefined)?.metadata.resourceVersion ?? "";
  if (answer.status === 409) return "exists";
  if (asksForStatus(answer)) throw olderCrd(kind, "it has no status subresource");
  throw storeError(answer, kind);
}

const asksForStatus = (answer: Exclude<KubeAnswer, KubeSuccess>): boolean =>
  answer.status === 422 && (answer.kubeStatus?.details?.causes ?? []).some(({ field }) => field === "status");

export interface Putting<T> {
  readonly document: T;
  readonly version: string;
  readonly before: Shown | undefined;
}

/** PUTs the status, if the object still has the version: the compare-and-swap. */
export function putStatus<T extends { name: string }>(
  { client, namespace }: Where,
  kind: DocumentKind<T>,
  { document, version, before }: Putting<T>,
): Promise<KubeAnswer> {
  const { name } = document;
  const metadata = { name, namespace, resourceVersion: version };
  const body = { ...head(kind.kind), metadata, ...kind.encode(document, before) } satisfies StoredObject;
  return client.request({ method: "PUT", path: documentPath(namespace, kind.resource, name, "status"), body });
}

/** Parts of the documents that belong to `spec`: whoever created the object has set them. */
const identity: ReadonlySet<string> = new Set(["openedAt"]);

/**
 * What the API server kept of a document. A CRD that does not know a field drops it without a word, and a plan with a
 * hole in it must not be acted on: this is said, and nothing is performed. Throws StoreError.
 */
export function kept<T extends { name: string }>(kind: DocumentKind<T>, document: T, answer: KubeSuccess): Saved {
  const object = parse(answer.body) as StoredObject | undefined;
  const lost = lostFields(kind, document, object);
  if (lost.some((field) => field === "installation" || field === "generation")) throw foreign(kind, document.name);
  if (lost.length > 0) throw olderCrd(kind, `it does not keep ${lost.join(", ")}`);
  return { saved: true, version: object?.metadata.resourceVersion ?? "" };
}

/** Somebody made an object of this name about something else; nobody can change that. */
const foreign = (kind: { readonly kind: string; readonly resource: string }, name: string): StoreError =>
  new StoreError(
    "Malformed",
    `${kind.kind} ${name} is about something else: delete it (kubectl delete ${kind.resource})`,
    {
      retryable: false,
    },
  );

function lostFields<T extends { name: string }>(
  kind: DocumentKind<T>,
  document: T,
  object: StoredObject | undefined,
): readonly string[] {
  try {
    const back = kind.decode(document.name, object ?? {}) as Readonly<Record<string, unknown>>;
    const lost = Object.entries(document).filter(
      ([field, value]) => value !== undefined && !identity.has(field) && !isDeepStrictEqual(plain(value), back[field]),
    );
    return lost.map(([field]) => field);
  } catch (error) {
    return [messageOf(error)];
  }
}

/** Without properties that are undefined: JSON has none. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
