/** Names as OpenTelemetry writes them. */
export type Severity = "INFO" | "WARN" | "ERROR";

const order: readonly string[] = ["info", "warn", "error"];

export const passes = (severity: Severity, level: "info" | "warn" | "error"): boolean =>
  order.indexOf(severity.toLowerCase()) >= order.indexOf(level);
