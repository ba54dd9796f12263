import { readFileSync } from "node:fs";
import { type Duration, hours, minutes, seconds } from "../core/instant.ts";
import type { Policy } from "../core/policy.ts";
import { type AwsConfig, awsContradictions, readAws } from "./config/aws.ts";
import { callerContradictions, type InstalledConfig, readInstalled } from "./config/installed.ts";
import { readSink, type SinkConfig, sinkContradictions } from "./config/knative.ts";
import { contradictions, readPolicy } from "./config/policy.ts";
import * as parse from "./config/read.ts";
import { readTelemetry, type TelemetryConfig } from "./config/telemetry.ts";
import { unknownVariables } from "./config/unknown.ts";

/** How to reach the cluster, as kubelet or a person's shell says. */
export interface ClusterConfig {
  /** Name for people and for the incident's key. */
  readonly name?: string;
  /** `KUBECONFIG`: one path, or several with the system's path separator. */
  readonly kubeconfig?: string;
  /** `HOME`, for `~/.kube/config`. */
  readonly home?: string;
  /** Set inside a Pod. */
  readonly apiServer?: { readonly host: string; readonly port: number };
}

/** Everything that can be set from outside, checked. */
export interface Config {
  /** Address to listen on; every one where it is not given. */
  readonly host?: string;
  readonly port: number;
  readonly logLevel: parse.LogLevel;
  readonly policy: Policy;
  readonly store: "kubernetes" | "memory" | "dynamodb";
  /** Namespace that we live in and keep incidents in. */
  readonly namespace: string;
  /** Where KEDA is; undefined: found by its APIService. */
  readonly kedaNamespace?: string;
  /** Name of this process among its likes: holder of leases. */
  readonly instance: string;
  readonly cluster: ClusterConfig;
  /** False: the Secret is never read, its public half comes from CertificateRequests. */
  readonly readSecret: boolean;
  /** Sweep's rhythm while no incident is open. */
  readonly sweep: Duration;
  /** What matters to a process that is installed in a cluster. */
  readonly installed: InstalledConfig;
  readonly sink?: SinkConfig;
  readonly aws?: AwsConfig;
  /** Callers must present it as a bearer token. A secret: never log a whole Config. */
  readonly token?: string;
  readonly telemetry?: TelemetryConfig;
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly parse.Problem[] };

function readCluster(reader: parse.Reader): ClusterConfig {
  const host = reader.read("KUBERNETES_SERVICE_HOST", parse.anyText);
  const port = reader.read("KUBERNETES_SERVICE_PORT", parse.countBetween(1, 65_535)) ?? 443;
  return parse.present<ClusterConfig>({
    name: reader.read("KEDA_MEDIC_CLUSTER", parse.clusterName),
    kubeconfig: reader.read("KUBECONFIG", parse.anyText),
    home: reader.read("HOME", parse.anyText),
    apiServer: host === undefined ? undefined : { host, port },
  });
}

function readConfig(reader: parse.Reader): Config {
  const podNamespace = reader.read("POD_NAMESPACE", parse.label);
  const hostname = reader.read("HOSTNAME", parse.anyText);
  return parse.present<Config>({
    host: reader.read("HOST", parse.listenHost),
    // 0: any free port, for tests and laptops.
    port: reader.read("PORT", parse.countBetween(0, 65_535)) ?? 8080,
    logLevel: reader.read("LOG_LEVEL", parse.logLevel) ?? "info",
    policy: readPolicy(reader),
    store: reader.read("KEDA_MEDIC_STORE", parse.oneOf(["kubernetes", "memory", "dynamodb"])) ?? "kubernetes",
    namespace: reader.read("KEDA_MEDIC_NAMESPACE", parse.label) ?? podNamespace ?? "keda-medic",
    kedaNamespace: reader.read("KEDA_MEDIC_KEDA_NAMESPACE", parse.label),
    instance: reader.read("POD_NAME", parse.anyText) ?? hostname ?? "keda-medic",
    cluster: readCluster(reader),
    readSecret: reader.read("KEDA_MEDIC_READ_SECRET", parse.flag) ?? true,
    sweep: reader.read("KEDA_MEDIC_SWEEP", parse.durationBetween(seconds(10), hours(1))) ?? minutes(5),
    installed: readInstalled(reader),
    sink: readSink(reader),
    aws: readAws(reader),
    token: reader.read("KEDA_MEDIC_TOKEN", parse.bearerToken),
    telemetry: readTelemetry(reader),
  });
}

/** Checks the whole environment and says everything that is wrong with it at once. */
export function parseConfig(env: parse.Environment): ParsedConfig {
  const reader = parse.readerOf(env);
  const config = readConfig(reader);
  const value = (name: string): string => env[name]?.trim() ?? "";
  const problems = [
    ...reader.problems,
    ...contradictions(config.policy),
    ...awsContradictions(value),
    ...callerContradictions(value),
    ...sinkContradictions(value),
    ...unknownVariables(env, reader.asked),
  ];
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** The process's environment: the only place that reads it. In a Pod without `POD_NAMESPACE` the mounted file stands in. */
export function readEnvironment(namespaceFile = NAMESPACE_FILE): parse.Environment {
  const env = { ...process.env };
  if (env.POD_NAMESPACE) return env;
  try {
    return { ...env, POD_NAMESPACE: readFileSync(namespaceFile, "utf8").trim() };
  } catch {
    return env;
  }
}
