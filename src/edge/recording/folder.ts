import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Snapshot } from "./snapshot.ts";

/** One HTTP request that an event source posted. */
export interface RecordedRequest {
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Recording {
  readonly name: string;
  readonly requests: readonly RecordedRequest[];
  readonly snapshots: readonly Snapshot[];
}

/** A folder that cannot be replayed: what is wrong, where, and what to do. */
export class RecordingError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "RecordingError";
  }
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

async function parse(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new RecordingError(`${path} is no readable JSON: record it again or remove it from the folder.`, cause);
  }
}

function instant(value: unknown, where: string): number {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at))
    throw new RecordingError(`${where} has no "at" in RFC 3339: a recording without times cannot be replayed.`);
  return at;
}

function request(value: unknown, where: string): RecordedRequest {
  if (!isObject(value)) throw new RecordingError(`${where} is no recorded request.`);
  const headers = isObject(value["headers"]) ? value["headers"] : {};
  const named = Object.entries(headers).map(([name, text]) => [name.toLowerCase(), String(text)] as const);
  return { at: instant(value["at"], where), headers: Object.fromEntries(named), body: String(value["body"] ?? "") };
}

const snapshotKeys: readonly string[] = ["pods", "deployments", "apiservice"];

async function readFileOf(
  folder: string,
  file: string,
): Promise<{ requests: readonly RecordedRequest[]; snapshots: readonly Snapshot[] }> {
  const path = join(folder, file);
  const content = await parse(path);
  if (Array.isArray(content)) return { requests: content.map((r, i) => request(r, `${path}[${i}]`)), snapshots: [] };
  if (isObject(content) && snapshotKeys.some((key) => key in content)) {
    return { requests: [], snapshots: [{ name: basename(file, ".json"), at: instant(content["at"], path), content }] };
  }
  return { requests: [], snapshots: [] };
}

/**
 * Reads a recording: arrays of posted requests (`cloudevents.json`, `webhooks.json`) and snapshots, by content, not by
 * name. Throws {@link RecordingError} with a sentence when there is nothing to replay.
 */
export async function readRecording(folder: string): Promise<Recording> {
  let files: readonly string[];
  try {
    files = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  } catch (cause) {
    throw new RecordingError(
      `Folder ${folder} cannot be read: name a folder with recorded events and snapshots.`,
      cause,
    );
  }
  const parts = await Promise.all(files.map((file) => readFileOf(folder, file)));
  const requests = parts.flatMap((p) => p.requests).sort((a, b) => a.at - b.at);
  const snapshots = parts.flatMap((p) => p.snapshots).sort((a, b) => a.at - b.at);
  if (requests.length + snapshots.length === 0) {
    throw new RecordingError(
      `Folder ${folder} holds neither recorded requests nor snapshots (JSON files): nothing to replay.`,
    );
  }
  return { name: basename(folder), requests, snapshots };
}
