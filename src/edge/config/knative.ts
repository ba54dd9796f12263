import { httpUrl, type Parse, type Reader } from "./read.ts";

/** Where our events go. Knative's SinkBinding sets `K_SINK`, `K_CE_OVERRIDES` and `K_CA_CERTS`. */
export interface SinkConfig {
  readonly url: string;
  /** PEM of the CA that signed the sink's certificate, when it is not a public one. */
  readonly caCerts?: string;
  /** Extension attributes to put on every event. */
  readonly extensions: Readonly<Record<string, string>>;
}

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
export const ceOverrides: Parse<Readonly<Record<string, string>>> = (text) => {
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

/** `KEDA_MEDIC_SINK` wins over what a SinkBinding injects. Undefined: our events go nowhere. */
export function readSink(reader: Reader): SinkConfig | undefined {
  const own = reader.read("KEDA_MEDIC_SINK", httpUrl);
  const bound = reader.read("K_SINK", httpUrl);
  const extensions = reader.read("K_CE_OVERRIDES", ceOverrides) ?? {};
  const ca = reader.read("K_CA_CERTS", caCerts);
  const url = own ?? bound;
  return url === undefined ? undefined : { url, extensions, ...(ca === undefined ? {} : { caCerts: ca }) };
}
