import { RecordingError, readRecording } from "../edge/recording/folder.ts";
import { type Arguments, outputOf } from "./args.ts";
import { decisionJson } from "./diagnose.ts";
import { CommandError, exit, usageError } from "./exit.ts";
import { harmless, type Output, styled, wrapped } from "./output.ts";
import { type ReplayStep, replay } from "./replay.ts";

const time = (at: number): string => new Date(at).toISOString();

const jsonLine = (step: ReplayStep): string =>
  `${JSON.stringify({ at: time(step.at), step: step.step, decision: decisionJson(step.decision) })}\n`;

const styles = { none: "green", restart: "red", wait: "yellow", refuse: "red", escalate: "red" } as const;

function textLine(output: Output, { at, step, decision }: ReplayStep): string {
  const verdict = styled(output, styles[decision.kind], `${decision.kind} ${decision.code}`);
  return `${time(at).slice(11, 23)}  ${harmless(step)}\n              ${verdict}\n              ${styled(output, "dim", wrapped(harmless(decision.sentence), 14))}\n`;
}

/** A person reads changes: the same decision again is one more line of the same. */
function isNews(step: ReplayStep, before: ReplayStep | undefined): boolean {
  return step.step.startsWith("snapshot") || before?.decision.code !== step.decision.code;
}

export async function replayCommand(args: Arguments, output: Output): Promise<number> {
  const as = outputOf(args);
  const [folder, extra] = args.positionals;
  if (folder === undefined || extra !== undefined)
    throw usageError("keda-medic replay takes one folder (keda-medic replay --help).");
  const recording = await readRecording(folder).catch((error: unknown) => {
    if (error instanceof RecordingError) throw new CommandError(error.message, exit.couldNotLook);
    throw error;
  });
  let shown: ReplayStep | undefined;
  let quiet = 0;
  const replayed = await replay(recording, undefined, (step) => {
    if (as === "json") return output.write(jsonLine(step));
    const tell = args.flag("all") || (!step.ignored && isNews(step, shown));
    if (!tell) {
      quiet += 1;
      return undefined;
    }
    shown = step;
    return output.write(textLine(output, step));
  });
  if (as === "text") {
    const restarts = replayed.restarts.map((r) => `${r.namespace}/${r.name}`).join(", ");
    output.write(
      `\n${replayed.steps.length} steps (${quiet} that changed nothing not shown${args.flag("all") ? "" : ", --all shows them"}). Restarts: ${restarts === "" ? "none" : restarts}.\n`,
    );
    if (recording.snapshots.length === 0)
      output.warn(
        "This folder holds events only, and an event proves nothing: without snapshots there is no cluster to look at.\n",
      );
  }
  return exit.ok;
}
