import type { Incident } from "../../src/core/incident.ts";
import type { Ending, Entry, Ledger } from "./ledger.ts";

/**
 * Share of the cases, in parts per thousand, that must at least reach a state; less means that a property says nothing.
 * Far below what is reached: in 2,000 cases all of them together are missed by chance in less than one run of a million.
 */
const least: Readonly<Record<string, number>> = {
  "restart of operator landed": 80,
  "restart of metrics-apiserver landed": 80,
  "two restarts": 40,
  "plan of two steps": 40,
  "restart in mode approve": 2,
  "stale Pod ended early": 2,
  "none Recovered": 80,
  "wait CoolDown": 5,
  "wait OutsideMaintenanceWindow": 3,
  "refuse StormBrake": 5,
  "refuse DeploymentPaused": 8,
  "refuse PausedByAnnotation": 8,
  "escalate TextContradicts": 5,
  "escalate NotRecovered": 5,
  "escalate GrpcStuck": 5,
  "crash after respond: saveIncident": 5,
  "crash after sweep: saveInstallation": 3,
  "crash after restart: restart": 5,
  "crash after restart: emit": 2,
  "report AlreadyRestarted": 5,
  "report NotReserved": 2,
  "report NoSuchIncident": 2,
  "approval old": 5,
  conflict: 20,
  "end works": 300,
};

/** How many cases reached which state. */
export class Coverage {
  cases = 0;
  readonly counts = new Map<string, number>();

  count(ledger: Ledger): void {
    this.cases += 1;
    for (const what of statesOf(ledger)) this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** States that too few cases reached, one sentence each. */
  missing(): readonly string[] {
    return Object.entries(least).flatMap(([what, share]) => {
      const count = this.counts.get(what) ?? 0;
      const wanted = Math.floor((this.cases * share) / 1000);
      return count < wanted ? [`only ${count} of ${this.cases} cases reached "${what}", expected ${wanted}`] : [];
    });
  }

  lines(): readonly string[] {
    const sorted = [...this.counts].sort(([a], [b]) => a.localeCompare(b));
    return sorted.map(([what, count]) => `${what}: ${count}`);
  }
}

function statesOfIncident({ decision, phase, plan }: Incident): readonly string[] {
  return [
    `phase ${phase}`,
    ...(decision === undefined ? [] : [`${decision.kind} ${decision.code}`]),
    ...((plan?.steps.length ?? 0) > 1 ? ["plan of two steps"] : []),
  ];
}

function statesOfEnd({ broken, plain, mode }: Ending): readonly string[] {
  const how = broken ? "still broken" : "works";
  return [`end ${how}`, ...(plain ? [`plain end in mode ${mode} ${how}`] : [])];
}

function statesOfEntry(entry: Entry): readonly string[] {
  switch (entry.kind) {
    case "patch":
      return [`restart of ${entry.component} ${entry.landed ? "landed" : "refused by the API server"}`];
    case "endPod":
      return entry.landed ? ["stale Pod ended early"] : [];
    case "incident":
      return statesOfIncident(entry.incident);
    case "emit":
      return entry.event.type.startsWith("dev.kedamedic.restart.")
        ? [`report ${(entry.event.data as { code?: string }).code ?? "requested"}`]
        : [];
    case "healed":
      return statesOfEnd(entry.end);
    default:
      return [];
  }
}

function statesOf(ledger: Ledger): ReadonlySet<string> {
  const patches = ledger.patches();
  const afterMode = patches.some((p) => p.policy.mode === "approve") ? ["restart in mode approve"] : [];
  const two = patches.length > 1 ? ["two restarts"] : [];
  return new Set([...ledger.seen, ...ledger.entries.flatMap(statesOfEntry), ...afterMode, ...two]);
}
