import { readFileSync } from "node:fs";
import { type Certificate, type Generation, readCertificates } from "../../../src/core/certificate/certificate.ts";

/** What one side holds, leaf then pool: O(ld), N(ew), and for the pool U(nion). */
export type State = "OO" | "NO" | "ON" | "NU" | "NN";
export const states: readonly State[] = ["OO", "NO", "ON", "NU", "NN"];

/** `S!`: the client refuses the server's certificate; `C!`: the server refuses the client's. */
export type Outcome = "ok" | "S!" | "C!";

/** What a change of the Secret does; `unfit`, `inconsistent` and `expiredInSecret` leave a Secret that nobody can use. */
export type ModeClass = "breaking" | "safe" | "inconsistent" | "expiredInMemory" | "expiredInSecret" | "unfit";

interface WrittenRow {
  readonly client: State;
  readonly server: State;
  readonly outcome: Outcome;
  readonly clientText?: string;
  readonly serverText?: string;
  readonly staticClientText?: string;
  readonly staticServerText?: string;
}

interface WrittenBlock {
  readonly mode: string;
  readonly name: string;
  readonly class: ModeClass;
  readonly keys: string;
  readonly old: { readonly leaf: string; readonly ca: string };
  readonly new: { readonly leaf: string; readonly ca: string };
  readonly rows: readonly WrittenRow[];
}

interface Written {
  readonly go: string;
  readonly now: number;
  readonly dialName: string;
  readonly certificates: Readonly<Record<string, string>>;
  readonly blocks: readonly WrittenBlock[];
}

/** One change of the Secret, for one type of key. */
export interface Mode {
  readonly id: string;
  readonly name: string;
  readonly class: ModeClass;
  readonly keys: string;
  readonly old: Generation;
  readonly new: Generation;
  readonly outcomeOf: (pair: StatePair) => Outcome;
}

export interface StatePair {
  readonly client: State;
  readonly server: State;
}

/** One pair of states after one change, with what real handshakes gave. */
export interface Row extends StatePair {
  readonly name: string;
  readonly mode: Mode;
  readonly outcome: Outcome;
  /** What each side reads when a callback gives the client's leaf (KEDA >= 2.17.2); "" when the two talk. */
  readonly clientText: string;
  readonly serverText: string;
  /** The same where the leaf is set once (KEDA <= 2.17.1). */
  readonly staticClientText: string;
  readonly staticServerText: string;
}

// Written by make.ts with a real Go.
export const source = readFileSync(new URL("table.json", import.meta.url), "utf8");
const written = JSON.parse(source) as Written;
export const { go, now, dialName } = written;

const certificates = new Map(Object.entries(written.certificates).map(([id, pem]) => [id, certificateOf(pem)]));

function certificateOf(pem: string): Certificate {
  const read = readCertificates(pem);
  const first = read.ok ? read.certificates[0] : undefined;
  if (first === undefined) throw new Error("table.json holds something that is no certificate");
  return first;
}

function certificate(id: string): Certificate {
  const found = certificates.get(id);
  if (found === undefined) throw new Error(`table.json lacks certificate ${id}`);
  return found;
}

const generation = (ids: WrittenBlock["old"]): Generation => ({
  leaf: certificate(ids.leaf),
  intermediates: [],
  ca: [certificate(ids.ca)],
});

function modeOf(block: WrittenBlock): Mode {
  const outcomes = new Map(block.rows.map((row) => [`${row.client}/${row.server}`, row.outcome]));
  return {
    id: block.mode,
    name: block.name,
    class: block.class,
    keys: block.keys,
    old: generation(block.old),
    new: generation(block.new),
    outcomeOf: ({ client, server }) => {
      const outcome = outcomes.get(`${client}/${server}`);
      if (outcome === undefined) throw new Error(`${block.mode} lacks ${client}/${server}`);
      return outcome;
    },
  };
}

const rowOf = (mode: Mode, row: WrittenRow): Row => {
  const { clientText = "", serverText = "" } = row;
  return {
    name: `${mode.id} ${mode.name}, ${mode.keys}, client ${row.client} server ${row.server}: ${row.outcome}`,
    mode,
    client: row.client,
    server: row.server,
    outcome: row.outcome,
    clientText,
    serverText,
    staticClientText: row.staticClientText ?? clientText,
    staticServerText: row.staticServerText ?? serverText,
  };
};

/** The whole table. */
export const rows: readonly Row[] = written.blocks.flatMap((block) => {
  const mode = modeOf(block);
  return block.rows.map((row) => rowOf(mode, row));
});

export const modes: readonly Mode[] = [...new Set(rows.map((row) => row.mode))];

/** The leaf that a side in this state presents. */
export const leafOf = ({ old, new: next }: Mode, state: State): Generation => (state.startsWith("O") ? old : next);

/** The pool that a side in this state trusts. */
export function poolOf({ old, new: next }: Mode, state: State): readonly Certificate[] {
  if (state.endsWith("U")) return [...old.ca, ...next.ca];
  return state.endsWith("O") ? old.ca : next.ca;
}
