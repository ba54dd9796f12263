import { isIP } from "node:net";
import type { Duration } from "../../core/instant.ts";
import { parseDuration, writeDuration } from "./duration.ts";

/** Environment variables by name, as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One thing that is wrong with one variable, and what to do. Never repeats the value of a secret. */
export interface Problem {
  readonly variable: string;
  readonly problem: string;
}

export type Parsed<T> = { readonly value: T } | { readonly problem: string };
export type Parse<T> = (text: string) => Parsed<T>;

/** Drops what is undefined, so that optional properties are absent rather than undefined. */
export const present = <T extends object>(values: { [K in keyof T]?: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

/** Reads variables one after the other and keeps everything that is wrong. */
export interface Reader {
  readonly problems: readonly Problem[];
  /** Every variable that was asked for: the ones that exist. */
  readonly asked: ReadonlySet<string>;
  /** Undefined when the variable is unset, blank, or wrong (then there is a problem more). */
  read<T>(variable: string, parse: Parse<T>): T | undefined;
}

export function readerOf(env: Environment): Reader {
  const problems: Problem[] = [];
  const asked = new Set<string>();
  return {
    problems,
    asked,
    read(variable, parse) {
      asked.add(variable);
      const text = env[variable]?.trim() ?? "";
      if (text === "") return undefined;
      const parsed = parse(text);
      if ("value" in parsed) return parsed.value;
      problems.push({ variable, problem: parsed.problem });
      return undefined;
    },
  };
}

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
/** What a variable is, cut with `...` where it is long, and what to set it to. */
export const wrong = (text: string, wanted: string): { problem: string } => ({
  problem: `is ${quote(text)}: set it to ${wanted}`,
});

export const anyText: Parse<string> = (text) => ({ value: text });

export const flag: Parse<boolean> = (text) =>
  /^(true|false)$/i.test(text) ? { value: text.toLowerCase() === "true" } : wrong(text, "true or false");

export const oneOf =
  <T extends string>(choices: readonly T[]): Parse<T> =>
  (text) => {
    const value = choices.find((choice) => choice === text);
    return value === undefined ? wrong(text, `one of ${choices.join(", ")}`) : { value };
  };

export const countBetween =
  (least: number, most: number): Parse<number> =>
  (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? { value } : wrong(text, `a whole number from ${least} to ${most}`);
  };

export const durationBetween =
  (least: Duration, most: Duration): Parse<Duration> =>
  (text) => {
    const value = parseDuration(text) ?? Number.NaN;
    const range = `from ${writeDuration(least)} to ${writeDuration(most)}`;
    return value >= least && value <= most ? { value } : wrong(text, `a duration such as 90s, 5m or 24h, ${range}`);
  };

export type LogLevel = "info" | "warn" | "error";

/** Also takes other loggers' words, because `LOG_LEVEL` is often set for all containers at once. */
export const logLevel: Parse<LogLevel> = (text) => {
  const word = text.toLowerCase();
  if (/^(trace|debug|info)$/.test(word)) return { value: "info" };
  if (/^warn(ing)?$/.test(word)) return { value: "warn" };
  return /^(error|fatal)$/.test(word) ? { value: "error" } : wrong(text, "info, warn or error");
};

/** Name of a namespace: an RFC 1123 label. */
export const label: Parse<string> = (text) =>
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)
    ? { value: text }
    : wrong(text, "a namespace's name: lower-case letters, digits and -, at most 63 characters");

export const clusterName: Parse<string> = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)
    ? { value: text }
    : wrong(text, "a name of letters, digits, '.', '_' and '-', at most 100 characters");

/** IP address or name to listen on. */
export const listenHost: Parse<string> = (text) =>
  isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(text)
    ? { value: text }
    : wrong(text, "an address to listen on, such as 0.0.0.0 or 127.0.0.1");

/** An address to send to. User and password do not belong in it: addresses are logged. */
export const httpUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return wrong(text, "an absolute http:// or https:// address");
  if (url.username !== "" || url.password !== "")
    return { problem: "holds a user or password: addresses get logged, take them out" };
  return { value: text };
};

/** Shared secret of callers: never repeated in a problem. */
export const bearerToken: Parse<string> = (text) =>
  /^[\w.~+/=-]{16,512}$/.test(text)
    ? { value: text }
    : { problem: "must be 16 to 512 characters of A-Z a-z 0-9 . _ ~ + / = - (try: openssl rand -hex 32)" };
