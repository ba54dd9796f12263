import type { Evidence } from "../../src/core/evidence.ts";
import { killedAt } from "../builders/evidence.ts";
import { kedaOf, restarted, secretUsable, worksAfter } from "../oracle/handshake/cure.ts";
import { evidenceOf, type Version, versionsOf } from "../oracle/handshake/evidence.ts";
import { type Row, rows, type State, type StatePair } from "../oracle/handshake/truth.ts";
import type { Restarts, Situation } from "./situation.ts";

const groups: Readonly<Record<Version, string>> = {
  "2.13.1": "KEDA up to 2.17.1 (certificates loaded once)",
  "2.20.1": "KEDA from 2.17.2 on (certificates reloaded)",
};

const sides = { operator: "server", "metrics-apiserver": "client" } as const;

/** A side that holds anything old loads a Secret that nobody can use. */
const burns = (row: Row, restarts: Restarts): boolean =>
  !secretUsable(row) && restarts.some((component): boolean => row[sides[component]] !== ("NN" satisfies State));

const rowOf = ({ mode }: Row, { client, server }: StatePair): Row => {
  const found = rows.find((row) => row.mode === mode && row.client === client && row.server === server);
  if (found === undefined) throw new Error(`${mode.id} lacks ${client}/${server}`);
  return found;
};

/** The pair that the restarts lead to, ten minutes later, with the mark that our restart leaves on a Deployment. */
function after(row: Row, version: Version, restarts: Restarts): Evidence {
  const seen = evidenceOf(rowOf(row, restarted(row, restarts)), version);
  const { material } = seen;
  const generation = material.seen && material.value.usable ? material.value.material.generation : "";
  const marked = (workload: Evidence["operator"]): Evidence["operator"] =>
    workload.seen && restarts.includes(workload.value.component)
      ? { ...workload, value: { ...workload.value, restartedFor: generation, restartedAt: killedAt } }
      : workload;
  return { ...seen, operator: marked(seen.operator), metricsApiserver: marked(seen.metricsApiserver) };
}

/** A row as the processes of one KEDA show it. */
export const situationOf = (row: Row, version: Version): Situation => ({
  name: `${row.name}, KEDA ${version}`,
  group: groups[version],
  evidence: evidenceOf(row, version),
  worksAfter: (restarts) => worksAfter(row, restarts),
  burns: (restarts) => burns(row, restarts),
  after: (restarts) => after(row, version, restarts),
});

const situations = (wanted: (row: Row) => boolean): readonly Situation[] =>
  rows.filter(wanted).flatMap((row) => versionsOf(row).map((version) => situationOf(row, version)));

/** Every change of the Secret and every pair of states that a KEDA can be in, with full evidence. */
export const truthTable = (): readonly Situation[] => situations((row) => kedaOf(row) !== "none");

/** Pairs of states of other programs: nobody is cured here, and nobody may be harmed. */
export const traps = (): readonly Situation[] => situations((row) => kedaOf(row) === "none");
