import type { Component } from "../../../src/core/evidence.ts";
import type { Row, StatePair } from "./truth.ts";

/** A restarted side loads what the Secret holds now. The metrics-apiserver is the client, the operator the server. */
export const restarted = ({ client, server }: StatePair, restarts: readonly Component[]): StatePair => ({
  client: restarts.includes("metrics-apiserver") ? "NN" : client,
  server: restarts.includes("operator") ? "NN" : server,
});

/** Whether the two talk after these restarts, by the handshakes of the table. */
export const worksAfter = (row: Row, restarts: readonly Component[]): boolean =>
  row.mode.outcomeOf(restarted(row, restarts)) === "ok";

/** What the Secret holds now can work at all. */
export const secretUsable = (row: Row): boolean => worksAfter(row, ["operator", "metrics-apiserver"]);

const loadsOnce: readonly string[] = ["OO", "NN"];
const reloads: readonly string[] = ["OO", "NU", "NN"];
const both = ({ client, server }: StatePair, possible: readonly string[]): boolean =>
  possible.includes(client) && possible.includes(server);

/**
 * Which KEDA can be in this pair of states. Up to 2.17.1 a process holds what it started with; since 2.17.2 it also
 * takes the new leaf and adds the new CA. NO (only the leaf is reloaded) and ON are no KEDA's.
 */
export function kedaOf(pair: StatePair): "any" | "reloading" | "none" {
  if (both(pair, loadsOnce)) return "any";
  return both(pair, reloads) ? "reloading" : "none";
}
