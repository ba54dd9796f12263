/** One request as it was answered: for assertions such as "no write call". */
export interface JournalEntry {
  readonly at: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Undefined for an unknown token. */
  readonly user: string | undefined;
  readonly status: number;
}

export interface Journal {
  readonly entries: readonly JournalEntry[];
  /** POST, PUT, PATCH and DELETE, of one user if named. */
  writes(user?: string): readonly JournalEntry[];
  clear(): void;
}

const MAX_ENTRIES = 20_000;

export class RequestJournal implements Journal {
  #entries: JournalEntry[] = [];

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries = this.#entries.slice(MAX_ENTRIES / 2);
  }

  writes(user?: string): readonly JournalEntry[] {
    return this.#entries.filter((entry) => entry.method !== "GET" && (user === undefined || entry.user === user));
  }

  clear(): void {
    this.#entries = [];
  }
}
