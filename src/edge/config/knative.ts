import { httpUrl, type Parse, type Problem, present, type Reader } from "./read.ts";

/** Where our events go. Knative's SinkBinding sets `K_SINK`, `K_CE_OVERRIDES` and `K_CA_CERTS`. */
export interface SinkConfig {
  readonly url: string;
  /** PEM of the CA that signed the sink's certificate, when it is not a public one. */
  readonly caCerts?: string;
  /** Extension attributes to put on every event. */
  readonly extensions: Readonly<Record<string, string>>;
  /** Bearer token for this sink. A secret. */
  readonly token?: string;
  /** File with a bearer token for this sink; `optional`: where it is missing no token is wanted. */
  readonly tokenFile?: { readonly path: string; readonly optional: boolean };
}

/** Where a SinkBinding mounts its token for the sink of `K_SINK`, while Knative's feature authentication-oidc is on. */
const boundToken = { path: "/oidc/token", optional: true } as const;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `{"extensions":{"name":"value"}}`, names as CloudEvents 1.0.2 allows them. */
const ceOverrides: Parse<Readonly<Record<string, string>>> = (text) => {
  const overrides = parseJson(text);
  const extensions = isObject(overrides) ? (overrides.extensions ?? {}) : undefined;
  const fits = ([name, value]: readonly [string, unknown]): boolean =>
    /^[a-z0-9]{1,20}$/.test(name) && typeof value === "string";
  return isObject(extensions) && Object.entries(extensions).every(fits)
    ? { value: extensions as Readonly<Record<string, string>> }
    : { problem: 'must be JSON such as {"extensions":{"name":"value"}}, names of a-z and 0-9, values text' };
};

const caCerts: Parse<string> = (text) =>
  text.includes("-----BEGIN CERTIFICATE-----")
    ? { value: text }
    : { problem: "must be PEM certificates, beginning with -----BEGIN CERTIFICATE-----" };

const token: Parse<string> = (text) =>
  /^[\w.~+/=-]{8,4096}$/.test(text)
    ? { value: text }
    : { problem: "must be 8 to 4096 characters of A-Z a-z 0-9 . _ ~ + / = -" };

const filePath: Parse<string> = (text) =>
  text.startsWith("/") ? { value: text } : { problem: "must be the absolute path of a file, such as /oidc/token" };

/**
 * `KEDA_MEDIC_SINK` wins over what a SinkBinding injects. Undefined: our events go nowhere.
 * A token goes to the sink that it is meant for: a SinkBinding's to `K_SINK` only, ours to `KEDA_MEDIC_SINK` only.
 */
export function readSink(reader: Reader): SinkConfig | undefined {
  const own = reader.read("KEDA_MEDIC_SINK", httpUrl);
  const bound = reader.read("K_SINK", httpUrl);
  const extensions = reader.read("K_CE_OVERRIDES", ceOverrides) ?? {};
  const ca = reader.read("K_CA_CERTS", caCerts);
  const ownToken = reader.read("KEDA_MEDIC_SINK_TOKEN", token);
  const path = reader.read("KEDA_MEDIC_SINK_TOKEN_FILE", filePath);
  const tokenFile = path === undefined ? boundToken : { path, optional: false };
  const url = own ?? bound;
  if (url === undefined) return undefined;
  return present<SinkConfig>({
    url,
    extensions,
    caCerts: ca,
    token: own === undefined ? undefined : ownToken,
    tokenFile: own !== undefined && path === undefined ? undefined : tokenFile,
  });
}

/** A token without the one sink that it is for would go to whatever sink there is, or nowhere. */
export function sinkContradictions(value: (variable: string) => string): readonly Problem[] {
  const has = (variable: string): boolean => value(variable) !== "";
  const problems: Problem[] = [];
  if (has("KEDA_MEDIC_SINK_TOKEN") && !has("KEDA_MEDIC_SINK"))
    problems.push({
      variable: "KEDA_MEDIC_SINK_TOKEN",
      problem: "needs KEDA_MEDIC_SINK, the one address that it is for: it is never sent to K_SINK or a bus",
    });
  if (has("KEDA_MEDIC_SINK_TOKEN_FILE") && !has("KEDA_MEDIC_SINK") && !has("K_SINK"))
    problems.push({ variable: "KEDA_MEDIC_SINK_TOKEN_FILE", problem: "needs KEDA_MEDIC_SINK or K_SINK" });
  if (has("KEDA_MEDIC_SINK_TOKEN") && has("KEDA_MEDIC_SINK_TOKEN_FILE"))
    problems.push({
      variable: "KEDA_MEDIC_SINK_TOKEN",
      problem: "and KEDA_MEDIC_SINK_TOKEN_FILE exclude each other: unset one of them",
    });
  return problems;
}
