/** Exit codes of `npm run cluster` and `npm run test:cluster`. */
export const exitCodes = {
  ok: 0,
  /** A scenario failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The machine cannot run it: no Go, no root, no namespaces, no space. */
  cannotRun: 3,
} as const;

/** A sentence for a person, and the code to end with. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.cannotRun) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}
