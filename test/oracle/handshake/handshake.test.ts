import { describe, expect, it } from "@jest/globals";
import { classifyRotation, predictText } from "../../../src/core/certificate/rotation.ts";
import { innermostTlsText } from "../../../src/core/certificate/text.ts";
import { type Verification, verifyCertificate } from "../../../src/core/certificate/verify.ts";
import type { PastGeneration } from "../../../src/core/evidence.ts";
import { predictRefusedClient } from "../../../src/core/prediction.ts";
import { minimalCures } from "../../scoreboard/situation.ts";
import { worksAfter } from "./cure.ts";
import { dialName, go, leafOf, type Mode, modes, now, poolOf, type Row, rows, type State, source } from "./truth.ts";

const asServer = { now, dnsName: dialName, usage: "serverAuth" } as const;
const asClient = { now, usage: "clientAuth" } as const;
const rowsOf = (mode: Mode): readonly Row[] => rows.filter((row) => row.mode === mode);
const named = modes.map((mode) => [`${mode.id} ${mode.name}, ${mode.keys}`, mode] as const);

const serverJudged = ({ mode, client, server }: Row): Verification =>
  verifyCertificate(leafOf(mode, server).leaf, poolOf(mode, client), asServer);
const clientJudged = ({ mode, client, server }: Row): Verification =>
  verifyCertificate(leafOf(mode, client).leaf, poolOf(mode, server), asClient);

/** The client judges first, so its refusal masks the server's. */
function ourOutcome(row: Row): string {
  if (!serverJudged(row).ok) return "S!";
  return clientJudged(row).ok ? "ok" : "C!";
}

/** What the refusing side logs, as our core predicts it. */
function ourText(row: Row): string | undefined {
  const { mode, client, server } = row;
  return row.outcome === "C!"
    ? predictText(leafOf(mode, client), poolOf(mode, server), asClient)
    : predictText(leafOf(mode, server), poolOf(mode, client), asServer);
}

const loggedText = (row: Row): string | undefined =>
  innermostTlsText(row.outcome === "C!" ? row.serverText : row.clientText);

const inWords = (list: readonly Row[], told: (row: Row) => unknown) =>
  list.map((row) => `${row.client}/${row.server} ${told(row)}`);

describe(`agrees with real handshakes of ${go}`, () => {
  it.each(named)("on who refuses whom: %s", (_, mode) => {
    const all = rowsOf(mode);
    expect(inWords(all, ourOutcome)).toEqual(inWords(all, (row) => row.outcome));
  });

  it.each(named)("on the words of the side that refuses: %s", (_, mode) => {
    const all = rowsOf(mode);
    expect(inWords(all, ourText)).toEqual(inWords(all, loggedText));
  });

  it("on the alert that a refused client reads", () => {
    const refused = rows.filter((row) => row.outcome === "C!");
    const foretold = (row: Row): string => {
      const held: PastGeneration = { generation: "", certificates: leafOf(row.mode, row.client), writtenAt: 0 };
      return predictRefusedClient([held], poolOf(row.mode, row.server), { at: now, text: row.clientText }).result;
    };
    expect(refused.length).toBeGreaterThan(200);
    expect(inWords(refused, foretold)).toEqual(inWords(refused, () => "agrees"));
  });

  it.each(named)("on the class of the rotation: %s", (_, mode) => {
    const classes = { breaking: "Breaking", safe: "Safe", inconsistent: "Inconsistent", expiredInSecret: "Expired" };
    // What expires in memory, and a name that nobody dials, are no faults of the rotation.
    const expected = { ...classes, expiredInMemory: "Safe", unfit: "Safe" }[mode.class];
    expect(classifyRotation(mode.old, mode.new, now)).toBe(expected);
  });
});

describe("the words of the side that is refused", () => {
  it("are the same whatever the client disliked about the server", () => {
    const texts = rows.filter((row) => row.outcome === "S!").map((row) => row.serverText);
    expect([...new Set(texts)]).toEqual(["remote error: tls: bad certificate"]);
  });

  it("name another alert where an old KEDA keeps its leaf back from a server that names other authorities", () => {
    const keptBack = rows.filter((row) => row.staticClientText !== row.clientText);
    expect([...new Set(keptBack.map((row) => row.mode.id))]).toEqual(["M8"]);
    expect([...new Set(keptBack.map((row) => row.staticClientText))]).toEqual([
      "remote error: tls: certificate required",
    ]);
    expect([...new Set(keptBack.map((row) => row.staticServerText))]).toEqual([
      "tls: client didn't provide a certificate",
    ]);
  });
});

describe("a change of the Secret that breaks the trust", () => {
  // Outcome now and its smallest cure, by client (down) and server (across): docs/facts, the truth tables.
  const across: readonly State[] = ["OO", "NO", "NU", "NN"];
  const table: Readonly<Record<string, readonly string[]>> = {
    OO: ["ok", "S! both", "S! client", "S! client"],
    NO: ["C! both", "S! both", "S! client", "S! client"],
    NU: ["C! server", "C! server", "ok", "ok"],
    NN: ["S! server", "C! server", "ok", "ok"],
  };
  const inFacts: Readonly<Record<string, string>> = {
    "": "",
    operator: " server",
    "metrics-apiserver": " client",
    "operator,metrics-apiserver": " both",
  };
  const cell = (row: Row): string =>
    row.outcome +
    minimalCures({ worksAfter: (restarts) => worksAfter(row, restarts) }).map((cure) => inFacts[cure.join()]);

  it.each(named.filter(([, mode]) => mode.class === "breaking"))("%s", (_, mode) => {
    for (const [client, cells] of Object.entries(table)) {
      const inOrder = across.map((server) =>
        rowsOf(mode).find((row) => row.client === client && row.server === server),
      );
      expect(inOrder.map((row) => row && cell(row))).toEqual(cells);
    }
  });

  it("is the only class in which a restart of both sides can help where neither alone does and nothing has expired", () => {
    const both = rows.filter((row) => {
      const cures = minimalCures({ worksAfter: (restarts) => worksAfter(row, restarts) });
      return cures.some((cure) => cure.length === 2);
    });
    expect([...new Set(both.map((row) => row.mode.class))].sort()).toEqual(["breaking", "expiredInMemory"]);
  });
});

describe("the table of the oracle", () => {
  it("has every pair of states after every change of the Secret, for every type of key", () => {
    expect(modes.length).toBe(16 * 3);
    expect(new Set(rows.map((row) => row.name.replace(/:.*/, ""))).size).toBe(16 * 3 * 25);
  });

  it("holds public certificates only, and is small", () => {
    expect(source).not.toContain("PRIVATE KEY");
    expect(source.length).toBeLessThan(1_000_000);
  });
});
