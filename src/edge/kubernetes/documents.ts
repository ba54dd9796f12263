import type { Incident } from "../../core/incident.ts";
import type { Installation } from "../../core/installation.ts";
import { storyColumns } from "../../core/story.ts";
import { StoreError, type Versioned } from "../../ports/store.ts";
import { conditionsOf, type Shown } from "./conditions.ts";
import { incidentSpec, incidentStatus } from "./incidentShape.ts";
import { installationSpec, installationStatus } from "./installationShape.ts";

export const storeGroup = "kedamedic.dev";
export const storeVersion = "v1alpha1";

/** What an object of ours looks like in the API. */
export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec: unknown;
  /** Absent between the two writes that create an object. */
  readonly status?: unknown;
}

/** How one kind of document is kept as a Kubernetes object. */
export interface DocumentKind<T extends { readonly name: string }> {
  readonly kind: string;
  /** Plural, as in the path. */
  readonly resource: string;
  /** Longest document in bytes of JSON. */
  readonly limitBytes: number;
  /** `before`: what the object showed when it was read. */
  encode(document: T, before?: Shown): { readonly spec: unknown; readonly status: unknown };
  /** Throws `Nonsense`. */
  decode(name: string, object: { readonly spec?: unknown; readonly status?: unknown }): T;
}

/** Throws StoreError `TooLarge`, before any store would. */
export function refuseTooLarge(
  { kind, limitBytes }: Pick<DocumentKind<never>, "kind" | "limitBytes">,
  document: { readonly name: string },
): void {
  const size = Buffer.byteLength(JSON.stringify(document));
  if (size <= limitBytes) return;
  const message = `${kind} ${document.name} has ${size} bytes, more than ${limitBytes}`;
  throw new StoreError("TooLarge", message, { retryable: false });
}

/** Newest first. */
export const byAge = (a: Versioned<Incident>, b: Versioned<Incident>): number =>
  b.document.updatedAt - a.document.updatedAt;

/** Only for `kubectl get`, never read back. */
function columns(incident: Incident): Readonly<Record<string, string>> {
  const { decision, stale } = storyColumns(incident);
  return { decided: decision, stale };
}

export const incidents: DocumentKind<Incident> = {
  kind: "Incident",
  resource: "incidents",
  limitBytes: 4 * 1024,
  encode: (incident, before) => ({
    spec: incidentSpec.encode(incident),
    status: {
      ...(incidentStatus.encode(incident) as object),
      ...columns(incident),
      conditions: conditionsOf(incident, before),
    },
  }),
  decode: (name, { spec, status }) => ({
    name,
    ...incidentSpec.decode(spec, "spec"),
    ...incidentStatus.decode(status, "status"),
  }),
};

export const installations: DocumentKind<Installation> = {
  kind: "Installation",
  resource: "installations",
  limitBytes: 16 * 1024,
  encode: (installation) => ({
    spec: installationSpec.encode({ installation: installation.name }),
    status: installationStatus.encode(installation),
  }),
  decode: (name, { status }) => ({ name, ...installationStatus.decode(status, "status") }),
};
