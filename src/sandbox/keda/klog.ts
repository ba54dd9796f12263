import { toKlog, toSecond } from "../stamps.ts";

export type Severity = "I" | "W" | "E";

/** klog's header, as process 1 of a container writes it. */
export const klog = (at: number, severity: Severity, source: string, text: string): string =>
  `${severity}${toKlog(at)}       1 ${source}] ${text}`;

/** zap's console encoding with RFC 3339 times. */
export const zap = (at: number, level: "INFO" | "ERROR", logger: string, rest: string): string =>
  [toSecond(at), level, ...(logger === "" ? [] : [logger]), rest].join("\t");
