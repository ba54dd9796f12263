import { importsOf, packageOf, type Source, targetOf, withoutComments } from "./sources.ts";

/** Broken rules, one sentence each. */
export type Rule = (sources: readonly Source[]) => readonly string[];

/** The pipeline is the tree: a part may import what is right of it, never what is left of it. */
const parts = [
  "functions",
  "cli",
  "console",
  "sandbox",
  "compose",
  "edge",
  "flow",
  "ports",
  "core",
  "version",
] as const;
type Part = (typeof parts)[number];

/** Files of `src/` that put edges and flow together. */
const composition = ["compose.ts", "roles.ts", "host.ts", "watching.ts", "lambda.ts"];

const mayImport: Readonly<Record<Part, readonly Part[]>> = {
  functions: ["compose", "edge", "flow", "ports", "core", "version"],
  cli: ["console", "compose", "edge", "flow", "ports", "core", "version"],
  console: ["compose", "edge", "flow", "ports", "core", "version"],
  sandbox: ["cli", "compose", "edge", "flow", "ports", "core", "version"],
  compose: ["edge", "flow", "ports", "core", "version"],
  edge: ["ports", "core"],
  flow: ["ports", "core"],
  ports: ["core"],
  core: [],
  version: [],
};

/** Folders of the edge that may use another one: every host decodes events, and a forwarded probe is a TLS probe too. */
const edgeNeighbours: Readonly<Record<string, readonly string[]>> = {
  hosts: ["cloudevents"],
  kubernetes: ["tls"],
  // What is sent to a service of AWS are CloudEvents.
  aws: ["cloudevents"],
  // The same shape of documents in either store.
  dynamodb: ["aws", "kubernetes"],
  eks: ["aws", "kubernetes"],
  eventbridge: ["aws", "cloudevents"],
  sqs: ["aws"],
};

/** One vendor per folder. A package that is not listed is not used. */
const homes: Readonly<Record<string, RegExp>> = {
  "@aws-sdk/client-dynamodb": /^src\/edge\/dynamodb\//,
  "@aws-sdk/client-eks": /^src\/edge\/eks\//,
  "@aws-sdk/client-eventbridge": /^src\/edge\/eventbridge\//,
  "@aws-sdk/client-sqs": /^src\/edge\/sqs\//,
  "@kubernetes/client-node": /^src\/edge\/kubernetes\//,
  cloudevents: /^src\/edge\/cloudevents\//,
  "js-yaml": /^src\/edge\/kubernetes\//,
  "@opentelemetry/api": /^src\/edge\/otel\//,
  "@opentelemetry/context-async-hooks": /^src\/edge\/otel\//,
  "@opentelemetry/exporter-trace-otlp-http": /^src\/edge\/otel\//,
  "@opentelemetry/resources": /^src\/edge\/otel\//,
  "@opentelemetry/sdk-trace": /^src\/edge\/otel\//,
  "node-forge": /^$/,
  "node:":
    /^(functions\/|src\/(cli|console|sandbox|edge)\/|src\/(compose|roles|host|lambda|edge\/config)\.ts$|src\/core\/certificate\/cryptography\.ts$)/,
};

const partOf = (path: string): Part | undefined => {
  const [top, second = ""] = path.split("/");
  if (top === "src" && composition.includes(second)) return "compose";
  const name = top === "src" ? second.replace(/^version\.ts$/, "version") : top;
  return parts.find((part) => part === name);
};

/** `src/edge/config.ts` and `src/edge/config/` are one folder's worth. */
const edgeFolder = (path: string): string | undefined =>
  partOf(path) === "edge" ? (path.split("/")[2] ?? "").replace(/\.ts$/, "") : undefined;

/** Every import of one file of ours by another. */
function edges(sources: readonly Source[]): readonly { from: string; to: string }[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((specifier) => {
      const to = targetOf(source.path, specifier);
      return to === undefined ? [] : [{ from: source.path, to }];
    }),
  );
}

/** Not TypeScript, and read in one place each. */
const data: Readonly<Record<string, string>> = { "package.json": "src/version.ts" };

function allowed(from: string, to: string): boolean {
  if (data[to] !== undefined) return data[to] === from;
  const [source, target] = [partOf(from), partOf(to)];
  if (source === undefined || target === undefined) return false;
  const [folder, other] = [edgeFolder(from), edgeFolder(to)];
  if (folder !== undefined && other !== undefined) {
    return folder === other || (edgeNeighbours[folder] ?? []).includes(other);
  }
  return source === target || mayImport[source].includes(target);
}

export const everyFileHasItsPlace: Rule = (sources) =>
  sources.filter(({ path }) => partOf(path) === undefined).map(({ path }) => `${path} is in no part of the pipeline`);

export const importsPointDown: Rule = (sources) =>
  edges(sources)
    .filter(({ from, to }) => !allowed(from, to))
    .map(({ from, to }) => `${from} may not import ${to}`);

export const importsNameFiles: Rule = (sources) =>
  edges(sources)
    .filter(({ to }) => data[to] === undefined && !sources.some(({ path }) => path === to))
    .map(({ from, to }) => `${from} imports ${to}, which does not exist`);

export const packagesStayHome: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source).flatMap((specifier) => {
      const name = packageOf(specifier);
      return name === undefined || homes[name]?.test(source.path) ? [] : [`${source.path} may not import ${specifier}`];
    }),
  );

/** Files from which a walk along imports comes back, each cycle once, as `a -> b -> a`. */
export const noCycles: Rule = (sources) => {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges(sources)) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(" -> "));
    if (at >= 0 || done.has(path)) return;
    for (const to of next.get(path) ?? []) walk(to, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) walk(path, []);
  return found;
};

export const oneDoorToTheEnvironment: Rule = (sources) =>
  sources
    .filter(({ path }) => path !== "src/edge/config.ts")
    .filter(({ text }) =>
      /\bprocess\??\.env\b|\bprocess\??\.?\[|\benv\b[^=\n]*\}\s*=\s*process\b|import\.meta\.env|["']node:process["']/.test(
        withoutComments(text),
      ),
    )
    .map(({ path }) => `${path} reads the environment: src/edge/config.ts does`);

/** A file that holds nothing but `export ... from`. */
export const noBarrels: Rule = (sources) =>
  sources
    .filter(({ text }) => {
      const code = withoutComments(text);
      const rest = code.replaceAll(/^\s*export\b[^;'"]*?\bfrom\s*["'][^"']+["'];?/gm, "");
      return code.trim() !== "" && rest.trim() === "";
    })
    .map(({ path }) => `${path} only re-exports`);

export const filesAreShort: Rule = (sources) =>
  sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > 300)
    .map(({ path, lines }) => `${path} has ${lines} lines, 300 at most`);
