import type { Incident } from "../../core/incident.ts";
import { messageOf } from "../../core/thrown.ts";
import type { Log } from "../../ports/log.ts";
import { type Saved, type Store, StoreError, type Versioned } from "../../ports/store.ts";
import type { KubeAnswer, KubeClient } from "./client.ts";
import {
  type DocumentKind,
  incidents,
  installations,
  type StoredObject,
  storeGroup,
  storeVersion,
} from "./documents.ts";
import { list, parse } from "./look.ts";
import { kubePath } from "./path.ts";
import { isMissingObject, storeError } from "./storeError.ts";

export interface KubernetesStoreSettings {
  readonly client: KubeClient;
  /** keda-medic's own. */
  readonly namespace: string;
  readonly log?: Log;
}

const LISTED = 500;

/** Documents as `kedamedic.dev/v1alpha1` objects; the API server's resourceVersion is the version. */
export function kubernetesStore(settings: KubernetesStoreSettings): Store {
  return {
    loadIncident: (name) => load(settings, incidents, name),
    saveIncident: (incident, expected) => save(settings, incidents, incident, expected),
    listIncidents: (limit = LISTED) => listNewest(settings, limit),
    loadInstallation: (name) => load(settings, installations, name),
    saveInstallation: (installation, expected) => save(settings, installations, installation, expected),
  };
}

const pathOf = (namespace: string, resource: string, ...name: string[]): string =>
  kubePath("apis", storeGroup, storeVersion, "namespaces", namespace, resource, ...name);

async function load<T extends { name: string }>(
  { client, namespace }: KubernetesStoreSettings,
  kind: DocumentKind<T>,
  name: string,
): Promise<Versioned<T> | undefined> {
  const answer = await client.request({ method: "GET", path: pathOf(namespace, kind.resource, name) });
  if (!answer.ok && isMissingObject(answer)) return undefined;
  if (!answer.ok) throw storeError(answer, kind);
  const object = parse(answer.body) as StoredObject | undefined;
  try {
    return read(kind, object);
  } catch (error) {
    const message = `${kind.resource} ${name} cannot be read: ${messageOf(error)}`;
    throw new StoreError("Malformed", message, { retryable: false, cause: error });
  }
}

function read<T extends { name: string }>(kind: DocumentKind<T>, object: StoredObject | undefined): Versioned<T> {
  const { name = "", resourceVersion = "" } = object?.metadata ?? {};
  return { document: kind.decode(name, object ?? {}), version: resourceVersion };
}

async function save<T extends { name: string }>(
  { client, namespace }: KubernetesStoreSettings,
  kind: DocumentKind<T>,
  document: T,
  expected: string | undefined,
): Promise<Saved> {
  refuseTooLarge(kind, document);
  const { name } = document;
  const body = {
    apiVersion: `${storeGroup}/${storeVersion}`,
    kind: kind.kind,
    metadata: { name, namespace, ...(expected === undefined ? {} : { resourceVersion: expected }) },
    ...kind.encode(document),
  } satisfies StoredObject;
  const answer = await client.request(
    expected === undefined
      ? { method: "POST", path: pathOf(namespace, kind.resource), body }
      : { method: "PUT", path: pathOf(namespace, kind.resource, name), body },
  );
  return saved(answer, kind, expected !== undefined);
}

function saved(answer: KubeAnswer, kind: { readonly kind: string; readonly resource: string }, update: boolean): Saved {
  if (answer.ok) {
    const object = parse(answer.body) as StoredObject | undefined;
    return { saved: true, version: object?.metadata.resourceVersion ?? "" };
  }
  const gone = update && isMissingObject(answer);
  if (answer.status === 409 || gone) return { saved: false, reason: "conflict" };
  throw storeError(answer, kind);
}

function refuseTooLarge<T extends { name: string }>(kind: DocumentKind<T>, document: T): void {
  const size = Buffer.byteLength(JSON.stringify(document));
  if (size <= kind.limitBytes) return;
  const message = `${kind.kind} ${document.name} has ${size} bytes, more than ${kind.limitBytes}`;
  throw new StoreError("TooLarge", message, { retryable: false });
}

async function listNewest(settings: KubernetesStoreSettings, limit: number): Promise<Versioned<Incident>[]> {
  const { client, namespace, log } = settings;
  const listed = await list(client, { path: pathOf(namespace, incidents.resource) });
  if (!listed.seen) throw storeError({ ok: false, ...listed }, incidents);
  const readable = listed.value.items.flatMap((object) => {
    try {
      return [read(incidents, object as StoredObject)];
    } catch {
      return [];
    }
  });
  const unreadable = listed.value.items.length - readable.length;
  if (unreadable > 0) log?.warn("incidents that cannot be read are left out", { count: unreadable });
  return readable.sort((a, b) => b.document.updatedAt - a.document.updatedAt).slice(0, limit);
}
