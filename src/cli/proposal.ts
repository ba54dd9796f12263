import { workloadOf } from "../core/casefile.ts";
import { targetsOf } from "../core/decide.ts";
import type { Decision, Target } from "../core/decision.ts";
import { type Incident, isOver } from "../core/incident.ts";
import type { Connected } from "./cluster.ts";
import { type Diagnosed, diagnoseCluster } from "./diagnose.ts";
import { CommandError, exit } from "./exit.ts";

const nothing = (sentence: string): CommandError => new CommandError(sentence, exit.restartCannotHelp);

/** The restart that the incident's record proposes: decided by the installation's own policy, which no shell knows. */
function proposedBy(incident: Incident): Decision {
  const { name, phase, decision } = incident;
  if (isOver(incident)) throw nothing(`Incident ${name} is over (${phase}): nothing to approve.`);
  if (decision === undefined) throw nothing(`Incident ${name} has not been judged yet: ask again in a minute.`);
  if (decision.kind !== "restart")
    throw nothing(`For incident ${name} no restart is proposed (${decision.code}). ${decision.sentence}`);
  if (decision.code === "PlanStepTwo")
    throw nothing(`The second step of a plan needs no approval of its own. ${decision.sentence}`);
  return decision;
}

/** Of the policy's switches one changes what a look finds, and how the installation has set it is told by its proposal. */
function asInstalled(connected: Connected, { code }: Decision): Connected {
  const { config } = connected;
  const policy = { ...config.policy, restartOnStuckConnection: code === "GrpcStuckRestart" };
  return { ...connected, config: { ...config, policy } };
}

/** Who may not read the certificates cannot say which ones an incident is about. */
function needsMaterial({ looked, decision }: Diagnosed): void {
  if (looked.material !== undefined) return;
  const { material } = looked.evidence;
  const found = `${decision.code}: ${decision.sentence}`;
  if (material.seen) throw nothing(`Looked again, nothing to approve. ${found}`);
  const why = found.includes(material.detail) ? "" : ` (${material.detail})`;
  throw new CommandError(
    `Nothing was approved: the present certificates could not be seen${why}. ${found}`,
    exit.couldNotLook,
  );
}

const listed = (targets: readonly Target[]): string =>
  targets.map(({ component, namespace, name }) => `${component}=${namespace}/${name}`).join(",");

/** What is found now must be what the proposal rests on. Guards are not asked: an approval skips none of them. */
function needsSame({ looked }: Diagnosed, incident: Incident, proposed: Decision): void {
  const { diagnosis, evidence, generation, loaded } = looked;
  if (generation !== incident.generation)
    throw nothing(
      `Incident ${incident.name} is about another generation of certificates than the present one: nothing to approve.`,
    );
  const targets = targetsOf({ installation: loaded.installation, incident, evidence }, diagnosis);
  if (diagnosis.code !== proposed.code || listed(targets) !== listed(proposed.targets))
    throw nothing(
      `Looked again and found ${diagnosis.code}, where the incident proposes a restart for ${proposed.code}: nothing to approve. ${diagnosis.sentence} Where the installation sets durations of the policy, set the same KEDA_MEDIC_ variables here.`,
    );
  const paused = proposed.targets.find(
    ({ component }) => workloadOf(evidence, component)?.pausedByPerson !== undefined,
  );
  if (paused !== undefined)
    throw nothing(`${paused.namespace}/${paused.name} is paused by a person: keda-medic resume comes first.`);
}

/** The plan that an approval of this incident is for, as a look with the caller's own rights finds it. */
export async function proposalOf(connected: Connected, incident: Incident): Promise<Diagnosed> {
  const proposed = proposedBy(incident);
  const diagnosed = await diagnoseCluster(asInstalled(connected, proposed));
  needsMaterial(diagnosed);
  needsSame(diagnosed, incident, proposed);
  return { looked: diagnosed.looked, decision: proposed };
}
