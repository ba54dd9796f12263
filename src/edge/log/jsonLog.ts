import type { Clock } from "../../ports/clock.ts";
import type { Log, LogFields } from "../../ports/log.ts";
import type { Redact } from "./redact.ts";
import { passes, type Severity } from "./severity.ts";

export interface JsonLogOptions {
  readonly clock: Clock;
  /** Takes one line, newline included. */
  readonly write: (line: string) => void;
  readonly redact: Redact;
  readonly service: string;
  /** `respond`, `restart`, `sweep`, `watch`, `all`. */
  readonly role: string;
  /** The least severity that is written. */
  readonly level: "info" | "warn" | "error";
}

type Line = Record<string, string | number | boolean>;

/** Container runtimes cut lines at 16 KiB, and half a line is no JSON. */
const LONGEST_LINE = 16_000;
const LONGEST_MESSAGE = 4000;
const LONGEST_FIELD = 1000;
const MOST_FIELDS = 40;
const reserved = new Set(["time", "severity", "message", "service", "role", "trace_id", "span_id"]);

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

/** A field named like one of the line's own, but with another value, is kept under `field.<name>`. */
const fieldName = (name: string): string => (reserved.has(name) ? `field.${name}` : cut(name, 100));

/** `00-<trace>-<span>-<flags>`, the field `traceparent`, becomes the two ids that log back ends join on. */
function traceOf(traceparent: unknown): Line {
  const [, trace, span] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-/.exec(String(traceparent)) ?? [];
  return trace === undefined || span === undefined ? {} : { trace_id: trace, span_id: span };
}

function fieldsOf(fields: LogFields, head: Line, redact: Redact): Line {
  const line: Line = {};
  for (const [name, value] of Object.entries(fields).slice(0, MOST_FIELDS)) {
    if (value === head[name]) continue;
    if (typeof value === "string") line[fieldName(name)] = cut(redact(value), LONGEST_FIELD);
    else if (typeof value === "number" || typeof value === "boolean") line[fieldName(name)] = value;
  }
  return line;
}

/** One JSON line per call, for log collectors. It cannot throw over what it is given. */
export function jsonLog(options: JsonLogOptions): Log {
  const { redact } = options;
  const log = (severity: Severity, message: string, { traceparent, ...fields }: LogFields = {}): void => {
    if (!passes(severity, options.level)) return;
    const head: Line = {
      time: new Date(options.clock.now()).toISOString(),
      severity,
      message: cut(redact(String(message)), LONGEST_MESSAGE),
      service: options.service,
      role: options.role,
      ...traceOf(traceparent),
    };
    const line = JSON.stringify({ ...head, ...fieldsOf(fields, head, redact) });
    const fits = Buffer.byteLength(line) <= LONGEST_LINE;
    options.write(`${fits ? line : shortened(head)}\n`);
  };
  return {
    info: (message, fields) => log("INFO", message, fields),
    warn: (message, fields) => log("WARN", message, fields),
    error: (message, fields) => log("ERROR", message, fields),
  };
}

/** What is left of a line that would be too long: its head. Six bytes a character is the worst that JSON does. */
const shortened = (head: Line): string =>
  JSON.stringify({ ...head, message: cut(String(head.message), LONGEST_FIELD), truncated: true });
