import type { Incident } from "../../core/incident.ts";
import type { Installation } from "../../core/installation.ts";
import { type Saved, type Store, StoreError, type Versioned } from "../../ports/store.ts";

export interface MemoryStoreSettings {
  /** Incidents and installations kept, each; default 1000. Beyond it the least recently updated one goes. */
  readonly limit?: number;
}

const LISTED = 500;

/** Documents in this process, gone with it: for tests, the sandbox and laptops. */
export function memoryStore({ limit = 1000 }: MemoryStoreSettings = {}): Store {
  const incidents = table<Incident>(limit, 4 * 1024);
  const installations = table<Installation>(limit, 16 * 1024);
  return {
    loadIncident: async (name) => incidents.load(name),
    saveIncident: async (incident, expected) => incidents.save(incident, expected),
    listIncidents: async (most = LISTED) =>
      incidents
        .all()
        .sort((a, b) => b.document.updatedAt - a.document.updatedAt)
        .slice(0, most),
    loadInstallation: async (name) => installations.load(name),
    saveInstallation: async (installation, expected) => installations.save(installation, expected),
  };
}

interface Row {
  /** JSON: whoever holds a document cannot change the store's. */
  readonly json: string;
  readonly version: number;
}

function table<T extends { readonly name: string; readonly updatedAt: number }>(limit: number, limitBytes: number) {
  const rows = new Map<string, Row>();
  let versions = 0;
  const read = (row: Row): Versioned<T> => ({ document: JSON.parse(row.json), version: String(row.version) });
  const all = (): Versioned<T>[] => [...rows.values()].map(read);
  const dropOldest = (): void => {
    const [oldest] = all().sort((a, b) => a.document.updatedAt - b.document.updatedAt);
    if (oldest !== undefined) rows.delete(oldest.document.name);
  };
  return {
    all,
    load(name: string): Versioned<T> | undefined {
      const row = rows.get(name);
      return row && read(row);
    },
    save(document: T, expected: string | undefined): Saved {
      const json = JSON.stringify(document);
      if (Buffer.byteLength(json) > limitBytes) throw tooLarge(document.name, limitBytes);
      const current = rows.get(document.name)?.version.toString();
      if (current !== expected) return { saved: false, reason: "conflict" };
      if (current === undefined && rows.size >= limit) dropOldest();
      versions += 1;
      rows.set(document.name, { json, version: versions });
      return { saved: true, version: String(versions) };
    },
  };
}

const tooLarge = (name: string, limitBytes: number): StoreError =>
  new StoreError("TooLarge", `${name} has more than ${limitBytes} bytes`, { retryable: false });
