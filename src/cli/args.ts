import { parseArgs } from "node:util";
import { messageOf } from "../core/thrown.ts";
import { usageError } from "./exit.ts";

type Kinds = Readonly<Record<string, "string" | "boolean">>;

export interface Arguments {
  readonly text: (name: string) => string | undefined;
  readonly flag: (name: string) => boolean;
  readonly positionals: readonly string[];
}

const clusterOptions: Kinds = { kubeconfig: "string", context: "string", namespace: "string" };

/** Options of each command; every command has --help. */
export const optionsOf: Readonly<Record<string, Kinds>> = {
  diagnose: { ...clusterOptions, output: "string" },
  run: {
    ...clusterOptions,
    role: "string",
    host: "string",
    port: "string",
    mode: "string",
    sweep: "string",
    watch: "boolean",
  },
  replay: { output: "string", all: "boolean" },
  explain: { output: "string" },
  incidents: { ...clusterOptions, output: "string", "store-namespace": "string" },
  pause: { ...clusterOptions, reason: "string" },
  resume: clusterOptions,
  approve: { ...clusterOptions, "store-namespace": "string", yes: "boolean" },
};

/** Reads a command's arguments. Throws a usage error that names the option and the command's help. */
export function readArguments(command: string, words: readonly string[]): Arguments {
  const kinds = { ...optionsOf[command], help: "boolean" as const };
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, type]) => [name, { type, ...(name === "help" ? { short: "h" } : {}) }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
    return {
      text: (name) => {
        const value = values[name];
        return typeof value === "string" ? value : undefined;
      },
      flag: (name) => values[name] === true,
      positionals,
    };
  } catch (error) {
    throw usageError(`${messageOf(error).split("\n")[0]} (keda-medic ${command} --help)`);
  }
}

/** `--output text|json`. */
export function outputOf(args: Arguments): "text" | "json" {
  const chosen = args.text("output") ?? "text";
  if (chosen === "text" || chosen === "json") return chosen;
  throw usageError(`--output takes text or json, not "${chosen}".`);
}

export function noPositionals(command: string, args: Arguments): void {
  if (args.positionals.length > 0)
    throw usageError(
      `keda-medic ${command} takes no argument "${args.positionals[0]}" (keda-medic ${command} --help).`,
    );
}
