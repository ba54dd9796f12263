import { messageOf } from "../../core/thrown.ts";
import type { Log } from "../../ports/log.ts";
import { type Saved, type Store, StoreError, type Versioned } from "../../ports/store.ts";
import type { KubeClient } from "./client.ts";
import { type Shown, shownBy } from "./conditions.ts";
import { type DocumentKind, incidents, installations, refuseTooLarge, type StoredObject } from "./documents.ts";
import { parse } from "./look.ts";
import { listNewest } from "./newest.ts";
import { type Remembered, remembered } from "./remember.ts";
import { isMissingObject, olderCrd, storeError } from "./storeError.ts";
import { createObject, documentPath, kept, putStatus } from "./storeWrite.ts";

export interface KubernetesStoreSettings {
  readonly client: KubeClient;
  /** keda-medic's own. */
  readonly namespace: string;
  readonly log?: Log;
}

const LISTED = 500;
/** Objects whose conditions are remembered between a load and the save that follows it. */
const SHOWN = 200;

/** What the calls of one store share. */
interface Keeping extends KubernetesStoreSettings {
  readonly shown: Remembered<Shown>;
}

/**
 * Documents as `kedamedic.dev/v1alpha1` objects: identity in `spec`, everything else in `status`, the API server's
 * resourceVersion as the version. The PUT of `status` is the compare-and-swap. Creating takes a POST before it: an object
 * without a status, as a crash in between leaves it, is no document yet, and whoever saves next takes it over.
 */
export function kubernetesStore(settings: KubernetesStoreSettings): Store {
  const keeping: Keeping = { ...settings, shown: remembered(SHOWN) };
  return {
    loadIncident: (name) => load(keeping, incidents, name),
    saveIncident: (incident, expected) => save(keeping, incidents, incident, expected),
    listIncidents: (limit = LISTED) => listNewest(settings, limit, (object) => read(keeping, incidents, object)),
    loadInstallation: (name) => load(keeping, installations, name),
    saveInstallation: (installation, expected) => save(keeping, installations, installation, expected),
  };
}

async function fetchObject<T extends { name: string }>(
  { client, namespace }: KubernetesStoreSettings,
  kind: DocumentKind<T>,
  name: string,
): Promise<StoredObject | undefined> {
  const answer = await client.request({ method: "GET", path: documentPath(namespace, kind.resource, name) });
  if (answer.ok) return asObject(kind, name, parse(answer.body));
  if (isMissingObject(answer)) return undefined;
  throw storeError(answer, kind);
}

function asObject(kind: { readonly resource: string }, name: string, body: unknown): StoredObject {
  if (typeof (body as StoredObject | undefined)?.metadata?.name === "string") return body as StoredObject;
  throw new StoreError("Malformed", `${kind.resource} ${name}: the answer is no object`, { retryable: false });
}

async function load<T extends { name: string }>(
  keeping: Keeping,
  kind: DocumentKind<T>,
  name: string,
): Promise<Versioned<T> | undefined> {
  const object = await fetchObject(keeping, kind, name);
  if (object === undefined || object.status === undefined) return undefined;
  try {
    return read(keeping, kind, object);
  } catch (error) {
    // As good as deleted: that delays a decision and never repeats a restart. The next save writes it anew.
    const problem = messageOf(error);
    keeping.log?.warn(`${kind.kind} ${name} was edited into nonsense and counts as deleted: ${problem}`, { name });
    return undefined;
  }
}

/** Throws `Nonsense`. */
function read<T extends { name: string }>(keeping: Keeping, kind: DocumentKind<T>, object: StoredObject): Versioned<T> {
  const { name = "", resourceVersion = "" } = object.metadata ?? {};
  const document = kind.decode(name, object);
  keeping.shown.set(`${kind.resource}/${name}/${resourceVersion}`, shownBy(object));
  return { document, version: resourceVersion };
}

async function save<T extends { name: string }>(
  keeping: Keeping,
  kind: DocumentKind<T>,
  document: T,
  expected: string | undefined,
): Promise<Saved> {
  refuseTooLarge(kind, document);
  const version = expected ?? (await begin(keeping, kind, document));
  return version === "taken" ? { saved: false, reason: "conflict" } : swap(keeping, kind, document, version);
}

/** Creates the object, or takes over one that nobody has given a status; `taken` where somebody has. */
async function begin<T extends { name: string }>(
  keeping: Keeping,
  kind: DocumentKind<T>,
  document: T,
): Promise<string | "taken"> {
  const created = await createObject(keeping, kind, document);
  if (created !== "exists") return created;
  const found = await fetchObject(keeping, kind, document.name);
  return found === undefined || isDocument(keeping, kind, found)
    ? "taken"
    : (found.metadata.resourceVersion ?? "taken");
}

/** False for an object without a status, and for one that was edited into nonsense: both may be written over. */
function isDocument<T extends { name: string }>(
  keeping: Keeping,
  kind: DocumentKind<T>,
  object: StoredObject,
): boolean {
  if (object.status === undefined) return false;
  try {
    read(keeping, kind, object);
    return true;
  } catch {
    return false;
  }
}

async function swap<T extends { name: string }>(
  keeping: Keeping,
  kind: DocumentKind<T>,
  document: T,
  version: string,
): Promise<Saved> {
  const before = keeping.shown.get(`${kind.resource}/${document.name}/${version}`);
  const answer = await putStatus(keeping, kind, { document, version, before });
  if (answer.ok) return kept(kind, document, answer);
  if (answer.status === 409) return { saved: false, reason: "conflict" };
  if (!isMissingObject(answer)) throw storeError(answer, kind);
  // The same answer for an object that is gone and for a subresource that the CRD does not have.
  const found = await fetchObject(keeping, kind, document.name);
  if (found?.metadata.resourceVersion === version) throw olderCrd(kind, "it has no status subresource");
  return { saved: false, reason: "conflict" };
}
