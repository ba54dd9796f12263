import { formatInstant } from "../../core/instant.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log, LogFields } from "../../ports/log.ts";
import type { Redact } from "./redact.ts";
import { passes, type Severity } from "./severity.ts";

export interface HumanLogOptions {
  readonly clock: Clock;
  /** Takes one line, newline included; stderr in the CLI, so that stdout holds results only. */
  readonly write: (line: string) => void;
  readonly redact: Redact;
  readonly colour: boolean;
  readonly level: "info" | "warn" | "error";
}

const colours: Readonly<Record<Severity, string>> = { INFO: "\u001b[36m", WARN: "\u001b[33m", ERROR: "\u001b[31m" };
const RESET = "\u001b[0m";

/** Text from a cluster may hold escape sequences: on a terminal they would be obeyed. */
const harmless = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");

const fieldText = (fields: LogFields): string =>
  Object.entries(fields)
    .filter(([name, value]) => value !== undefined && name !== "traceparent")
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
    )
    .join("");

/** `17:03:02 WARN  message name=value`: for people at a terminal. */
export function humanLog(options: HumanLogOptions): Log {
  const log = (severity: Severity, message: string, fields: LogFields = {}): void => {
    if (!passes(severity, options.level)) return;
    const word = severity.padEnd(5);
    const shown = options.colour ? `${colours[severity]}${word}${RESET}` : word;
    const text = harmless(options.redact(`${message}${fieldText(fields)}`));
    options.write(`${formatInstant(options.clock.now()).slice(11, 19)} ${shown} ${text}\n`);
  };
  return {
    info: (message, fields) => log("INFO", message, fields),
    warn: (message, fields) => log("WARN", message, fields),
    error: (message, fields) => log("ERROR", message, fields),
  };
}

/** Colours on a terminal only, and never where `NO_COLOR` (https://no-color.org) or a dumb terminal says no. */
export const wantsColour = (
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): boolean => stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
