import { type Duration, days, hours } from "../../core/instant.ts";
import { durationBetween, flag, type Parse, type Problem, present, type Reader } from "./read.ts";

/** Who may call us, where callers prove who they are with a token of the cluster. */
export interface CallersConfig {
  readonly audience: string;
  /** As the API server names them: `system:serviceaccount:<namespace>:<name>`. */
  readonly users: readonly string[];
}

/** What matters to a process that is installed in a cluster. */
export interface InstalledConfig {
  /** Watch the cluster ourselves; undefined: the role decides. */
  readonly watch?: boolean;
  /** Name of the Lease in our own namespace. */
  readonly lease: string;
  readonly callers?: CallersConfig;
  /** Incidents that are over are kept this long. */
  readonly incidentTtl: Duration;
  readonly kubernetesEvents: boolean;
}

const audience: Parse<string> = (text) =>
  /^[\x21-\x7e]{1,253}$/.test(text) ? { value: text } : { problem: "must be one word of at most 253 characters" };

const users: Parse<readonly string[]> = (text) => {
  const names = text.split(",").map((name) => name.trim());
  return names.every((name) => /^[\w:.@/-]{1,512}$/.test(name))
    ? { value: names }
    : { problem: "must be user names with commas between them, such as system:serviceaccount:NAMESPACE:NAME" };
};

const objectName: Parse<string> = (text) =>
  /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text)
    ? { value: text }
    : { problem: "must be the name of an object: lower-case letters, digits, - and ." };

export function readInstalled(reader: Reader): InstalledConfig {
  const watch = reader.read("KEDA_MEDIC_WATCH", flag);
  const wanted = reader.read("KEDA_MEDIC_OIDC_AUDIENCE", audience);
  const callers = reader.read("KEDA_MEDIC_OIDC_CALLERS", users);
  return present<InstalledConfig>({
    watch,
    lease: reader.read("KEDA_MEDIC_LEASE", objectName) ?? "keda-medic",
    callers: wanted === undefined || callers === undefined ? undefined : { audience: wanted, users: callers },
    incidentTtl: reader.read("KEDA_MEDIC_INCIDENT_TTL", durationBetween(hours(1), days(3650))) ?? days(30),
    kubernetesEvents: reader.read("KEDA_MEDIC_KUBERNETES_EVENTS", flag) ?? true,
  });
}

/** Half a check of callers is none, and a shared token beside it would be a second door. */
export function callerContradictions(value: (variable: string) => string): readonly Problem[] {
  const [token, asked, callers] = ["KEDA_MEDIC_TOKEN", "KEDA_MEDIC_OIDC_AUDIENCE", "KEDA_MEDIC_OIDC_CALLERS"].map(
    (variable) => value(variable) !== "",
  );
  const problems: Problem[] = [];
  if (asked && !callers)
    problems.push({
      variable: "KEDA_MEDIC_OIDC_CALLERS",
      problem: "must name who may call (KEDA_MEDIC_OIDC_AUDIENCE is set)",
    });
  if (callers && !asked)
    problems.push({
      variable: "KEDA_MEDIC_OIDC_AUDIENCE",
      problem: "must say for whom callers' tokens are (KEDA_MEDIC_OIDC_CALLERS is set)",
    });
  if (token && asked)
    problems.push({
      variable: "KEDA_MEDIC_TOKEN",
      problem: "and KEDA_MEDIC_OIDC_AUDIENCE exclude each other: unset one of them",
    });
  return problems;
}
