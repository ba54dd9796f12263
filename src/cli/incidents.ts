import { systemClock } from "../compose.ts";
import type { Incident } from "../core/incident.ts";
import { formatDuration, formatInstant } from "../core/instant.ts";
import { incidentRecord } from "../core/record.ts";
import { storyColumns } from "../core/story.ts";
import { StoreError } from "../ports/store.ts";
import { type Arguments, outputOf } from "./args.ts";
import { type Connected, connect } from "./cluster.ts";
import { CommandError, exit, usageError } from "./exit.ts";
import { harmless, type Output, styled, wrapped } from "./output.ts";

const head = ["NAME", "AGE", "PHASE", "CAUSE", "DECISION", "STALE", "RECOVERED"] as const;

function cells(incident: Incident): readonly string[] {
  const { cause, decision, stale } = storyColumns(incident);
  const age = formatDuration(systemClock.now() - incident.openedAt);
  return [incident.name, age, incident.phase, cause, decision, stale, incident.outcome?.result ?? ""];
}

/** As kubectl prints it, with the same columns. */
function table(output: Output, incidents: readonly Incident[]): string {
  const rows = [head, ...incidents.map((incident) => cells(incident).map(harmless))];
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("   ")
      .trimEnd(),
  );
  return [styled(output, "bold", lines[0] ?? ""), ...lines.slice(1), ""].join("\n");
}

const line = (title: string, text: string | undefined): readonly string[] =>
  text === undefined || text === "" ? [] : [`  ${title.padEnd(12)}${wrapped(harmless(text), 14)}`];

/** Everything that a person may want to know of one incident. */
function page(output: Output, incident: Incident): string {
  const { diagnosis, decision, plan, outcome } = incident;
  const age = formatDuration(systemClock.now() - incident.openedAt);
  const steps = plan?.steps.map(({ namespace, name, state, performedAt }) => {
    const when = performedAt === undefined ? "" : ` at ${formatInstant(performedAt)}`;
    return `${namespace}/${name} ${state}${when}`;
  });
  const more = incident.moreFailedHpas ? " and more" : "";
  return [
    styled(output, "bold", incident.name),
    ...line(
      "Phase",
      `${incident.phase}, opened ${formatInstant(incident.openedAt)} (${age} ago), found by ${incident.foundBy}`,
    ),
    ...line("Cause", storyColumns(incident).cause),
    ...line("Diagnosis", diagnosis && `${diagnosis.code}: ${diagnosis.sentence}`),
    ...line("Decision", decision && `${decision.kind} (${decision.code}): ${decision.sentence}`),
    ...line("Restarts", steps?.join(", ")),
    ...line("HPAs", incident.failedHpas.length === 0 ? "" : `${incident.failedHpas.join(", ")}${more}`),
    ...line("Outcome", outcome && `${outcome.result} at ${formatInstant(outcome.at)}: ${outcome.sentence}`),
    ...line("For good", diagnosis?.permanentCure),
    ...line("Generation", incident.generation),
    "",
  ].join("\n");
}

const storeProblem = (error: unknown): unknown =>
  error instanceof StoreError ? new CommandError(error.message, exit.couldNotLook) : error;

/** Throws a CommandError where there is none, or where the store cannot say. */
export async function loadIncident({ store }: Pick<Connected, "store">, name: string): Promise<Incident> {
  const loaded = await store.loadIncident(name).catch((error: unknown) => {
    throw storeProblem(error);
  });
  if (loaded !== undefined) return loaded.document;
  throw new CommandError(`There is no incident ${name}: keda-medic incidents lists them.`, exit.restartCannotHelp);
}

async function listed({ store }: Connected, output: Output, as: "text" | "json"): Promise<string> {
  const incidents = (await store.listIncidents()).map((v) => v.document);
  if (as === "json") return `${JSON.stringify(incidents.map(incidentRecord), null, 2)}\n`;
  return incidents.length === 0 ? "No incidents on record.\n" : table(output, incidents);
}

async function shown(connected: Connected, output: Output, name: string, as: "text" | "json"): Promise<string> {
  const incident = await loadIncident(connected, name);
  return as === "json" ? `${JSON.stringify(incidentRecord(incident), null, 2)}\n` : page(output, incident);
}

export async function incidentsCommand(args: Arguments, output: Output): Promise<number> {
  const [name, extra] = args.positionals;
  if (extra !== undefined)
    throw usageError("keda-medic incidents takes one incident, or none (keda-medic incidents --help).");
  const as = outputOf(args);
  const connected = await connect(args);
  try {
    output.write(await (name === undefined ? listed(connected, output, as) : shown(connected, output, name, as)));
    return exit.ok;
  } catch (error) {
    throw storeProblem(error);
  } finally {
    connected.client.close();
  }
}
