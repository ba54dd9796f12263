import type { Disposition } from "../core/diagnosis.ts";

/** Exit codes: a public contract (CONTRACTS.md). Scripts branch on them. */
export const exit = {
  ok: 0,
  latent: 10,
  restartHelps: 20,
  restartCannotHelp: 30,
  wait: 40,
  unknown: 50,
  usage: 2,
  couldNotLook: 3,
} as const;

export const exitOf: Readonly<Record<Disposition, number>> = {
  healthy: exit.ok,
  latent: exit.latent,
  curable: exit.restartHelps,
  incurable: exit.restartCannotHelp,
  inProgress: exit.wait,
  unknown: exit.unknown,
  blind: exit.couldNotLook,
};

/** A command that cannot go on: one sentence on stderr, and the code to end with. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

export const usageError = (message: string): CommandError => new CommandError(message, exit.usage);
