import { dirname, isAbsolute, join } from "node:path";
import { messageOf } from "../../core/thrown.ts";
import { AccessError } from "./access.ts";
import { readText } from "./tokenFile.ts";

/** The parts of kubeconfig files that we read, as they stand there. */
export interface ClusterEntry {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
}

export interface UserEntry {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly username?: string;
  readonly as?: string;
  readonly "as-groups"?: readonly string[];
  readonly exec?: { readonly command?: string; readonly [setting: string]: unknown };
  readonly "auth-provider"?: { readonly name?: string; readonly config?: unknown };
}

export interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** Entry of a file; `folder` is where its relative paths begin. */
export interface Entry<T> {
  readonly name: string;
  readonly value: T;
  readonly folder: string;
}

export interface Kubeconfig {
  readonly currentContext?: string;
  readonly clusters: readonly Entry<ClusterEntry>[];
  readonly users: readonly Entry<UserEntry>[];
  readonly contexts: readonly Entry<ContextEntry>[];
}

/**
 * Reads files and merges them as kubectl does: the first that names a thing wins, and of several files some may be missing.
 * Throws {@link AccessError}.
 */
export async function readKubeconfig(files: readonly string[]): Promise<Kubeconfig> {
  const read = await Promise.all(files.map((file) => readOne(file, files.length > 1)));
  const found = read.filter((config) => config !== undefined);
  if (found.length === 0)
    throw new AccessError("FileMissing", `no kubeconfig file: none of ${files.join(", ")} exists`);
  const current = found.find((config) => config.currentContext !== undefined)?.currentContext;
  return {
    ...(current === undefined ? {} : { currentContext: current }),
    clusters: found.flatMap((config) => config.clusters),
    users: found.flatMap((config) => config.users),
    contexts: found.flatMap((config) => config.contexts),
  };
}

async function readOne(file: string, mayBeMissing: boolean): Promise<Kubeconfig | undefined> {
  try {
    return parseConfig(file, await parseYaml(file, await readText(file, "kubeconfig file")));
  } catch (error) {
    if (mayBeMissing && (error as AccessError).code === "FileMissing") return undefined;
    throw error;
  }
}

/** JSON is YAML, and read without loading a parser for it. Undefined for anything else: YAML's parser says what is wrong. */
function parseJson(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function parseYaml(file: string, text: string): Promise<unknown> {
  try {
    const json = parseJson(text);
    if (json !== undefined) return json;
    const { loadYaml } = await import("./yaml.ts");
    return loadYaml(text);
  } catch (error) {
    // The message of js-yaml quotes the lines around the mistake, and they may hold a token.
    const reason = messageOf(error).split("\n", 1)[0];
    throw new AccessError("Unreadable", `the kubeconfig file ${file} is no YAML: ${reason}`);
  }
}

interface RawConfig {
  readonly "current-context"?: unknown;
  readonly clusters?: unknown;
  readonly users?: unknown;
  readonly contexts?: unknown;
}

function parseConfig(file: string, parsed: unknown): Kubeconfig {
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new AccessError("Unreadable", `the kubeconfig file ${file} is no kubeconfig`);
  const raw = parsed as RawConfig;
  const current = raw["current-context"];
  const folder = dirname(file);
  return {
    ...(typeof current === "string" && current !== "" ? { currentContext: current } : {}),
    clusters: entries(raw.clusters, "cluster", folder),
    users: entries(raw.users, "user", folder),
    contexts: entries(raw.contexts, "context", folder),
  };
}

function entries<T>(list: unknown, key: string, folder: string): Entry<T>[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: Readonly<Record<string, unknown>> | null) =>
    typeof item?.["name"] === "string" ? [{ name: item["name"], value: (item[key] ?? {}) as T, folder }] : [],
  );
}

/** Contents of a value given inline (base64) or as a file; undefined when neither is there. Inline wins, as for kubectl. */
export async function inlineOrFile(
  entry: Entry<unknown>,
  { data, file, what }: { data: string | undefined; file: string | undefined; what: string },
): Promise<Buffer | undefined> {
  if (data !== undefined && data !== "") return Buffer.from(data, "base64");
  return file === undefined || file === "" ? undefined : Buffer.from(await readText(inFolder(entry, file), what));
}

/** A path of an entry: relative ones begin at its file's folder. */
export const inFolder = ({ folder }: Entry<unknown>, path: string): string =>
  isAbsolute(path) ? path : join(folder, path);
