import type { Incident } from "../core/incident.ts";
import type { Installation } from "../core/installation.ts";

/** A document with the version that a save must name. Versions are opaque. */
export interface Versioned<T> {
  readonly document: T;
  readonly version: string;
}

/** `conflict`: somebody else saved first; load again and decide again. Nothing was written. */
export type Saved =
  | { readonly saved: true; readonly version: string }
  | { readonly saved: false; readonly reason: "conflict" };

/**
 * Compare-and-swap over small documents. `expected` undefined means "must not exist yet".
 * Throws {@link StoreError} when the store cannot be reached or refuses.
 */
export interface Store {
  loadIncident(name: string): Promise<Versioned<Incident> | undefined>;
  saveIncident(incident: Incident, expected: string | undefined): Promise<Saved>;
  /** Newest `updatedAt` first, at most `limit` (default 500). Documents that cannot be read are left out, never fatal. */
  listIncidents(limit?: number): Promise<readonly Versioned<Incident>[]>;
  loadInstallation(name: string): Promise<Versioned<Installation> | undefined>;
  saveInstallation(installation: Installation, expected: string | undefined): Promise<Saved>;
}

/** The store could not answer. `retryable` false: repeating the same call cannot help (rights, missing CRD, nonsense). */
export class StoreError extends Error {
  readonly code: "Unreachable" | "Throttled" | "Forbidden" | "MissingCrd" | "MissingTable" | "TooLarge" | "Malformed";
  readonly retryable: boolean;
  constructor(code: StoreError["code"], message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "StoreError";
    this.code = code;
    this.retryable = options.retryable;
  }
}
