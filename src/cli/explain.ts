import type { Reason } from "../core/checks/check.ts";
import { reasons } from "../core/reasons.ts";
import { type Arguments, outputOf } from "./args.ts";
import { exit, usageError } from "./exit.ts";
import { type Output, styled, wrapped } from "./output.ts";

const page = (output: Output, code: string, reason: Reason): string =>
  [
    `${styled(output, "bold", code)} (${reason.disposition})\n`,
    `  Symptom     ${wrapped(reason.symptom, 14)}\n`,
    `  Proof       ${wrapped(reason.proof, 14)}\n`,
    `  Cure        ${wrapped(reason.cure, 14)}\n`,
    `  What we do  ${wrapped(reason.whatWeDo, 14)}\n`,
  ].join("");

/** Codes that share the most letters in order: a typo's likely meaning. */
function nearest(code: string): string | undefined {
  const wanted = code.toLowerCase();
  return (
    Object.keys(reasons).find((known) => known.toLowerCase() === wanted) ??
    Object.keys(reasons).find((known) => known.toLowerCase().includes(wanted))
  );
}

export async function explainCommand(args: Arguments, output: Output): Promise<number> {
  const as = outputOf(args);
  const [code, extra] = args.positionals;
  if (extra !== undefined) throw usageError("keda-medic explain takes one reason code.");
  if (code === undefined) {
    const all = Object.entries(reasons);
    output.write(
      as === "json"
        ? `${JSON.stringify(reasons, null, 2)}\n`
        : all.map(([name, r]) => `${name.padEnd(30)}${r.symptom}\n`).join(""),
    );
    return exit.ok;
  }
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (reason === undefined) {
    const near = nearest(code);
    throw usageError(
      `There is no reason code "${code}"${near === undefined ? "." : `; did you mean ${near}?`} keda-medic explain lists all.`,
    );
  }
  output.write(as === "json" ? `${JSON.stringify({ code, ...reason }, null, 2)}\n` : page(output, code, reason));
  return exit.ok;
}
