import { anyText, type Parse, type Problem, present, type Reader, wrong } from "./read.ts";

/** Keys that Lambda hands to a function for its own role. Secrets: never logged, only used to sign. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The one EKS cluster that this deployment serves. */
export interface EksConfig {
  readonly cluster: string;
  /** Undefined: asked for once, at the start. */
  readonly endpoint?: string;
  /** PEM. Undefined: asked for once, at the start. */
  readonly ca?: string;
}

/** What a host on AWS needs to know. */
export interface AwsConfig {
  readonly region: string;
  readonly credentials?: AwsCredentials;
  /** DynamoDB table of incidents and installations. */
  readonly table?: string;
  /** Name or ARN of the EventBridge bus that takes our CloudEvents. */
  readonly eventBus?: string;
  /** SQS queue that takes requests to restart. */
  readonly restartQueue?: string;
  readonly eks?: EksConfig;
}

const matching =
  (shape: RegExp, wanted: string): Parse<string> =>
  (text) =>
    shape.test(text) ? { value: text } : wrong(text, wanted);

const regionShape = /^[a-z]{2}(-[a-z0-9]+){1,3}-\d$/;
// DynamoDB, developer guide, "Naming rules": 3 to 255 characters.
const tableName = matching(
  /^[A-Za-z0-9_.-]{3,255}$|^arn:aws[\w-]*:dynamodb:[\w:/.-]+$/,
  "a table's name, 3 to 255 of A-Z a-z 0-9 _ . -",
);
const busName = matching(/^[\w./-]{1,256}$|^arn:aws[\w-]*:events:[\w:/.-]+$/, "the name or ARN of an event bus");
// EKS API reference, CreateCluster: 1 to 100 characters.
const eksName = matching(
  /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/,
  "the name of an EKS cluster: letters, digits, - and _, at most 100 characters",
);

const isLocal = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** `http:` only on this machine: what stands in for AWS in tests. */
const secureUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  const fits = url !== null && url.username === "" && (url.protocol === "https:" || isLocal(url));
  return fits ? { value: text } : { problem: "must be an https:// address without user and password" };
};

const pem = /^-----BEGIN CERTIFICATE-----\r?\n/;

/** PEM, or the base64 of it as EKS gives it (`certificateAuthority.data`). */
const eksCa: Parse<string> = (text) => {
  const decoded = pem.test(text) ? text : Buffer.from(text, "base64").toString("utf8");
  return pem.test(decoded)
    ? { value: decoded }
    : { problem: "must be a PEM certificate, or the base64 of one as EKS gives it in certificateAuthority.data" };
};

function readCredentials(reader: Reader): AwsCredentials | undefined {
  const accessKeyId = reader.read("AWS_ACCESS_KEY_ID", anyText);
  const secretAccessKey = reader.read("AWS_SECRET_ACCESS_KEY", anyText);
  const sessionToken = reader.read("AWS_SESSION_TOKEN", anyText);
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return present<AwsCredentials>({ accessKeyId, secretAccessKey, sessionToken });
}

function readEks(reader: Reader): EksConfig | undefined {
  const cluster = reader.read("KEDA_MEDIC_EKS_CLUSTER", eksName);
  const endpoint = reader.read("KEDA_MEDIC_EKS_ENDPOINT", secureUrl);
  const ca = reader.read("KEDA_MEDIC_EKS_CA", eksCa);
  if (cluster === undefined) return undefined;
  return present<EksConfig>({ cluster, endpoint, ca });
}

/** Undefined where nothing of AWS is used: a region and keys in a shell are none of our business then. */
export function readAws(reader: Reader): AwsConfig | undefined {
  const region = reader.read("AWS_REGION", anyText);
  const credentials = readCredentials(reader);
  const used = present<Omit<AwsConfig, "region" | "credentials">>({
    table: reader.read("KEDA_MEDIC_DYNAMODB_TABLE", tableName),
    eventBus: reader.read("KEDA_MEDIC_EVENT_BUS", busName),
    restartQueue: reader.read("KEDA_MEDIC_RESTART_QUEUE_URL", secureUrl),
    eks: readEks(reader),
  });
  if (region === undefined || Object.keys(used).length === 0) return undefined;
  return present<AwsConfig>({ region, credentials, ...used });
}

const ofAws: Readonly<Record<string, string>> = {
  KEDA_MEDIC_DYNAMODB_TABLE: "the table",
  KEDA_MEDIC_EVENT_BUS: "the bus",
  KEDA_MEDIC_RESTART_QUEUE_URL: "the queue",
  KEDA_MEDIC_EKS_CLUSTER: "the cluster",
};

type Value = (variable: string) => string;

function regionProblems(value: Value): readonly Problem[] {
  const [first] = Object.keys(ofAws).filter((variable) => value(variable) !== "");
  const variable = "AWS_REGION";
  if (first === undefined || regionShape.test(value(variable))) return [];
  const is = value(variable) === "" ? "must be set" : "is no region such as eu-west-1";
  return [{ variable, problem: `${is}: it is where ${ofAws[first]} of ${first} is` }];
}

const eksOnly = ["KEDA_MEDIC_EKS_ENDPOINT", "KEDA_MEDIC_EKS_CA"] as const;
const keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

function eksProblems(has: (variable: string) => boolean): readonly Problem[] {
  const variable = "KEDA_MEDIC_EKS_CLUSTER";
  if (!has(variable))
    return eksOnly.filter(has).map((other) => ({ variable, problem: `must be set with ${other}: whose it is` }));
  return keys
    .filter((key) => !has(key))
    .map((key) => ({ variable: key, problem: `must be set with ${variable}: the login to EKS is signed with it` }));
}

/** IAM user guide, "Unique identifiers": keys that begin with ASIA are of a session, and worth nothing without its token. */
function sessionProblems(value: Value): readonly Problem[] {
  const variable = "AWS_SESSION_TOKEN";
  if (value("KEDA_MEDIC_EKS_CLUSTER") === "" || value(variable) !== "") return [];
  if (!value("AWS_ACCESS_KEY_ID").startsWith("ASIA")) return [];
  return [
    { variable, problem: "must be set with a temporary AWS_ACCESS_KEY_ID (ASIA...): EKS takes no login without it" },
  ];
}

function emitterProblems(has: (variable: string) => boolean): readonly Problem[] {
  const bus = "KEDA_MEDIC_EVENT_BUS";
  const queue = "KEDA_MEDIC_RESTART_QUEUE_URL";
  if (!has(bus)) return has(queue) ? [{ variable: queue, problem: `needs ${bus}: our other events go there` }] : [];
  const sinks = ["KEDA_MEDIC_SINK", "K_SINK"].filter(has);
  return sinks.map((sink) => ({ variable: bus, problem: `excludes ${sink}: our events go to one place, unset one` }));
}

/** What of AWS does not go together, or lacks its other half. `value`: a variable's text, empty when unset. */
export function awsContradictions(value: Value): readonly Problem[] {
  const has = (variable: string): boolean => value(variable) !== "";
  const table = "KEDA_MEDIC_DYNAMODB_TABLE";
  const tableless: readonly Problem[] =
    value("KEDA_MEDIC_STORE") === "dynamodb" && !has(table)
      ? [{ variable: table, problem: "must be set with KEDA_MEDIC_STORE=dynamodb: where incidents are kept" }]
      : [];
  return [
    ...tableless,
    ...regionProblems(value),
    ...eksProblems(has),
    ...sessionProblems(value),
    ...emitterProblems(has),
  ];
}
