import { createInterface } from "node:readline/promises";
import { systemClock } from "../compose.ts";
import { annotations } from "../core/annotations.ts";
import { approvalHash } from "../core/approval.ts";
import { workloadOf } from "../core/casefile.ts";
import type { Incident } from "../core/incident.ts";
import { formatInstant } from "../core/instant.ts";
import { annotateDeployment } from "../edge/kubernetes/writer.ts";
import type { Arguments } from "./args.ts";
import { type Connected, connect } from "./cluster.ts";
import { type Diagnosed, diagnosisText } from "./diagnose.ts";
import { CommandError, exit, usageError } from "./exit.ts";
import { validFor } from "./help.ts";
import { loadIncident } from "./incidents.ts";
import type { Output } from "./output.ts";
import { proposalOf } from "./proposal.ts";

async function confirmed(args: Arguments): Promise<boolean> {
  if (args.flag("yes")) return true;
  if (!process.stdin.isTTY) throw usageError("Not on a terminal: say --yes to approve without being asked.");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Approve this restart? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function annotate(connected: Connected, { looked, decision }: Diagnosed, incident: Incident): Promise<void> {
  const hash = approvalHash({
    incident: incident.name,
    generation: incident.generation,
    targets: decision.targets,
    diagnosis: looked.diagnosis,
  });
  const value = `${hash} ${formatInstant(systemClock.now())}`;
  for (const target of decision.targets) {
    const workload = workloadOf(looked.evidence, target.component);
    if (workload === undefined) throw new CommandError(`Deployment ${target.name} was not seen.`, exit.couldNotLook);
    const { namespace, name, uid, resourceVersion } = workload;
    const done = await annotateDeployment(connected.client, {
      namespace,
      name,
      uid,
      resourceVersion,
      annotations: { [annotations.approved]: value },
    });
    if (!done.patched)
      throw new CommandError(`Deployment ${namespace}/${name} was not annotated: ${done.detail}`, exit.couldNotLook);
  }
}

export async function approveCommand(args: Arguments, output: Output): Promise<number> {
  const [name, extra] = args.positionals;
  if (name === undefined || extra !== undefined)
    throw usageError("keda-medic approve takes one incident (keda-medic approve --help).");
  const connected = await connect(args);
  try {
    const incident = await loadIncident(connected, name);
    const diagnosed = await proposalOf(connected, incident);
    output.warn(diagnosisText(output, connected.cluster.clusterName, diagnosed));
    if (!(await confirmed(args))) throw new CommandError("Not approved.", exit.restartCannotHelp);
    await annotate(connected, diagnosed, incident);
    const targets = diagnosed.decision.targets.map((t) => `${t.namespace}/${t.name}`).join(", ");
    output.write(
      `Approved the restart of ${targets} for incident ${name}; valid for ${validFor}, or for what the installation sets; every check is asked again.\n`,
    );
    return exit.ok;
  } finally {
    connected.client.close();
  }
}
