import { basename } from "node:path";
import { readEnvironment } from "../edge/config.ts";
import { wantsColour } from "../edge/log/colour.ts";
import { version } from "../version.ts";
import { approveCommand } from "./approve.ts";
import { type Arguments, readArguments } from "./args.ts";
import { diagnoseCommand } from "./diagnose.ts";
import { CommandError, exit, usageError } from "./exit.ts";
import { explainCommand } from "./explain.ts";
import { commandNames, helpOf } from "./help.ts";
import { incidentsCommand } from "./incidents.ts";
import type { Output } from "./output.ts";
import { pauseCommand, resumeCommand } from "./pause.ts";
import { replayCommand } from "./replayCommand.ts";
import { runCommand } from "./run.ts";

type Command = (args: Arguments, output: Output) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  diagnose: diagnoseCommand,
  run: runCommand,
  replay: replayCommand,
  explain: explainCommand,
  incidents: incidentsCommand,
  pause: pauseCommand,
  resume: resumeCommand,
  approve: approveCommand,
};

/** kubectl finds a plugin by this name, with `-` for a space and `_` for a `-`. */
const pluginName = /^kubectl-keda_medic(\.[cm]?js)?$/;

/** What a person types to start us. */
export const invocationOf = (script: string | undefined): string =>
  pluginName.test(basename(script ?? "")) ? "kubectl keda-medic" : "keda-medic";

/** Our own name as it was typed, wherever a text tells what to type; where it says `kubectl` already, it stays. */
const asTyped = (text: string, invocation: string): string =>
  text.replaceAll(
    new RegExp(`(?<!kubectl )\\bkeda-medic (?=(?:${commandNames.join("|")}|COMMAND|--help)\\b)`, "g"),
    `${invocation} `,
  );

/** `--version`, `--help`, `help COMMAND`, and nothing at all. */
function general([name, topic]: readonly string[], output: Output): number | undefined {
  if (name === "--version" || name === "-v") return say(output, `${version}\n`);
  if (name === undefined) return say(output, help(undefined), exit.usage);
  return ["--help", "-h", "help"].includes(name) ? say(output, help(topic)) : undefined;
}

function help(topic: string | undefined): string {
  const page = helpOf(topic);
  if (page === undefined) throw noSuchCommand(topic ?? "");
  return page;
}

const noSuchCommand = (name: string): CommandError =>
  usageError(`there is no command "${name}"; there are ${commandNames.join(", ")} (keda-medic --help).`);

/** What scripts read is the same whatever we are called, so it goes to `given`; everything else to `output`. */
async function specific(
  name: string,
  rest: readonly string[],
  { given, output }: { readonly given: Output; readonly output: Output },
): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw noSuchCommand(name);
  const args = readArguments(name, rest);
  return args.flag("help") ? say(output, help(name)) : command(args, args.text("output") === "json" ? given : output);
}

/** One command. Exit codes are a contract: CONTRACTS.md. */
export async function main(
  words: readonly string[],
  given: Output,
  invocation: string = "keda-medic",
): Promise<number> {
  const [name = "", ...rest] = words;
  const output: Output = { ...given, write: (text) => given.write(asTyped(text, invocation)) };
  try {
    return general(words, output) ?? (await specific(name, rest, { given, output }));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    output.warn(`keda-medic: ${asTyped(error.message, invocation)}\n`);
    return error.exitCode;
  }
}

function say(output: Output, text: string, code: number = exit.ok): number {
  output.write(text);
  return code;
}

/** The process: arguments, streams, exit code. A reader that hangs up (`| head`) is no error. */
export async function runMain(): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exit.ok : 1));
  const output: Output = {
    write: (text) => process.stdout.write(text),
    warn: (text) => process.stderr.write(text),
    colour: wantsColour(process.stdout, readEnvironment()),
  };
  process.exitCode = await main(process.argv.slice(2), output, invocationOf(process.argv[1]));
}
