import { systemClock } from "../compose.ts";
import type { Incident } from "../core/incident.ts";
import { formatDuration, formatInstant } from "../core/instant.ts";
import { incidentRecord } from "../core/record.ts";
import { StoreError } from "../ports/store.ts";
import { type Arguments, noPositionals, outputOf } from "./args.ts";
import { connect } from "./cluster.ts";
import { CommandError, exit } from "./exit.ts";
import { harmless, type Output, styled, wrapped } from "./output.ts";

function line(output: Output, incident: Incident): string {
  const age = formatDuration(systemClock.now() - incident.openedAt);
  const what = `${incident.diagnosis?.code ?? "?"} -> ${incident.decision?.kind ?? "?"} ${incident.decision?.code ?? ""}`;
  const head = `${styled(output, "bold", incident.name)}  ${incident.phase}, opened ${formatInstant(incident.openedAt)} (${age} ago), found by ${incident.foundBy}`;
  const told = incident.outcome?.sentence ?? incident.decision?.sentence ?? "";
  return `${head}\n  ${what}\n  ${wrapped(harmless(told), 2)}\n`;
}

export const storeProblem = (error: unknown): unknown =>
  error instanceof StoreError ? new CommandError(error.message, exit.couldNotLook) : error;

export async function incidentsCommand(args: Arguments, output: Output): Promise<number> {
  noPositionals("incidents", args);
  const as = outputOf(args);
  const { store, client } = await connect(args);
  try {
    const incidents = (await store.listIncidents()).map((v) => v.document);
    if (as === "json") output.write(`${JSON.stringify(incidents.map(incidentRecord), null, 2)}\n`);
    else
      output.write(
        incidents.length === 0 ? "No incidents on record.\n" : incidents.map((i) => line(output, i)).join("\n"),
      );
    return exit.ok;
  } catch (error) {
    throw storeProblem(error);
  } finally {
    client.close();
  }
}
