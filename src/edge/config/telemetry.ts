import { anyText, countBetween, flag, httpUrl, type Parse, type Parsed, type Reader } from "./read.ts";

/** Where traces go. Names and meaning as in the OpenTelemetry specification. */
export interface TelemetryConfig {
  /** Full address of the collector's trace intake. */
  readonly tracesUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest one export may take, in milliseconds. */
  readonly timeout: number;
  readonly serviceName: string;
  readonly resource: Readonly<Record<string, string>>;
}

/** `key=value,key2=value2`, values percent-encoded. Values may be secrets: a problem never repeats them. */
export function parsePairs(text: string): Parsed<Readonly<Record<string, string>>> {
  const pairs: [string, string][] = [];
  for (const part of text.split(",").filter((piece) => piece.trim() !== "")) {
    const at = part.indexOf("=");
    const key = part.slice(0, Math.max(0, at)).trim();
    if (!/^[\w.*%!#$&'^`|~+-]+$/.test(key)) return { problem: "must be key=value pairs with commas between them" };
    pairs.push([key, decode(part.slice(at + 1).trim())]);
  }
  return { value: Object.fromEntries(pairs) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Collectors take JSON and protobuf on the same HTTP port; gRPC has another one, so that setting cannot be met. */
const protocol: Parse<string> = (text) =>
  text.startsWith("http/")
    ? { value: text }
    : {
        problem: `is ${JSON.stringify(text)}: keda-medic sends OTLP over HTTP as JSON, set it to http/json and the endpoint to the collector's HTTP port (4318)`,
      };

const exporter: Parse<string> = (text) =>
  text === "otlp" || text === "none"
    ? { value: text }
    : { problem: `is ${JSON.stringify(text)}: set it to otlp or none` };

const firstOf = <T>(reader: Reader, variables: readonly string[], parse: Parse<T>): T | undefined => {
  const values = variables.map((variable) => reader.read(variable, parse));
  return values.find((value) => value !== undefined);
};

function tracesUrl(reader: Reader): string | undefined {
  const own = reader.read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", httpUrl);
  const common = reader.read("OTEL_EXPORTER_OTLP_ENDPOINT", httpUrl);
  return own ?? (common === undefined ? undefined : `${common.replace(/\/+$/, "")}/v1/traces`);
}

/** Undefined when nobody asked for traces: then nothing of OpenTelemetry is loaded. */
export function readTelemetry(reader: Reader): TelemetryConfig | undefined {
  const url = tracesUrl(reader);
  const disabled = reader.read("OTEL_SDK_DISABLED", flag) ?? false;
  const wanted = reader.read("OTEL_TRACES_EXPORTER", exporter) !== "none";
  const headers = firstOf(reader, ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"], parsePairs);
  const timeout = firstOf(
    reader,
    ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"],
    countBetween(1, 60_000),
  );
  const { "service.name": named, ...resource } = reader.read("OTEL_RESOURCE_ATTRIBUTES", parsePairs) ?? {};
  const serviceName = reader.read("OTEL_SERVICE_NAME", anyText) ?? named ?? "keda-medic";
  if (url === undefined || disabled || !wanted) return undefined;
  firstOf(reader, ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], protocol);
  return { tracesUrl: url, headers: headers ?? {}, timeout: timeout ?? 2000, serviceName, resource };
}
