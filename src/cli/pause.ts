import { annotations } from "../core/annotations.ts";
import { workloadOf } from "../core/casefile.ts";
import { components, type WorkloadFacts } from "../core/evidence.ts";
import { annotateDeployment } from "../edge/kubernetes/writer.ts";
import { type Arguments, noPositionals } from "./args.ts";
import { type Connected, connect } from "./cluster.ts";
import { gatherFrom } from "./diagnose.ts";
import { CommandError, exit, usageError } from "./exit.ts";
import type { Output } from "./output.ts";

/** Looks again when a Deployment changed between look and patch. */
const tries = 3;
/** An annotation is for one sentence. */
const longestReason = 500;

async function workloads(connected: Connected): Promise<readonly WorkloadFacts[]> {
  const evidence = await gatherFrom(connected);
  const both = components.flatMap((side) => workloadOf(evidence, side) ?? []);
  if (both.length === 2) return both;
  const { layout, apiService } = evidence;
  const miss = [apiService, layout].find((seen) => !seen.seen);
  const why = miss !== undefined && !miss.seen ? miss.detail : "KEDA's two Deployments were not found";
  throw new CommandError(`Nothing was changed: ${why}.`, exit.couldNotLook);
}

async function annotate(connected: Connected, workload: WorkloadFacts, value: string | null) {
  const { namespace, name, uid, resourceVersion } = workload;
  return annotateDeployment(connected.client, {
    namespace,
    name,
    uid,
    resourceVersion,
    annotations: { [annotations.paused]: value },
  });
}

const nameOf = ({ namespace, name }: WorkloadFacts): string => `${namespace}/${name}`;

/** One round over those that are left. Throws what is more than bad luck. */
async function round(connected: Connected, value: string | null, done: Set<string>): Promise<void> {
  for (const workload of (await workloads(connected)).filter((each) => !done.has(nameOf(each)))) {
    const patched = await annotate(connected, workload, value);
    if (patched.patched) done.add(nameOf(workload));
    else if (patched.reason !== "Conflict") throw notDone(done, `${nameOf(workload)}: ${patched.detail}`);
  }
}

/** Sets or takes away the annotation on both Deployments. Gives those that were changed. */
async function annotateBoth(connected: Connected, value: string | null): Promise<readonly string[]> {
  const done = new Set<string>();
  for (let i = 0; i < tries && done.size < 2; i += 1) await round(connected, value, done);
  if (done.size < 2) throw notDone(done, "a Deployment changes all the time");
  return [...done];
}

const notDone = (done: ReadonlySet<string>, problem: string): CommandError =>
  new CommandError(
    `Not done for both Deployments (${problem}); changed so far: ${[...done].join(", ") || "none"}.`,
    exit.couldNotLook,
  );

function reasonOf(args: Arguments): string {
  const reason = args.text("reason")?.trim() ?? "paused by keda-medic pause";
  if (reason === "" || reason === "false" || reason.length > longestReason)
    throw usageError(`--reason takes a sentence of at most ${longestReason} characters.`);
  return reason;
}

export async function pauseCommand(args: Arguments, output: Output): Promise<number> {
  noPositionals("pause", args);
  const reason = reasonOf(args);
  const connected = await connect(args);
  try {
    const done = await annotateBoth(connected, reason);
    output.write(
      `Paused: ${done.join(" and ")} carry ${annotations.paused}="${reason}". keda-medic goes on looking and restarts neither; every decision that would is PausedByAnnotation now.\n`,
    );
    return exit.ok;
  } finally {
    connected.client.close();
  }
}

export async function resumeCommand(args: Arguments, output: Output): Promise<number> {
  noPositionals("resume", args);
  const connected = await connect(args);
  try {
    const done = await annotateBoth(connected, null);
    output.write(`Resumed: ${done.join(" and ")} no longer carry ${annotations.paused}.\n`);
    return exit.ok;
  } finally {
    connected.client.close();
  }
}
