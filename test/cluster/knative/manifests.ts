import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { Loose } from "../api/client.ts";

/** What `eventing-core.yaml`, `mt-channel-broker.yaml` and `in-memory-channel.yaml` of a release are made of. */
const folders = ["core", "brokers/mt-channel-broker", "channels/in-memory-channel"] as const;

export interface EventingManifests {
  /** Namespaces and definitions of kinds: to be applied first. */
  readonly first: readonly Loose[];
  readonly rest: readonly Loose[];
}

const isFirst = ({ kind }: Loose): boolean => ["Namespace", "CustomResourceDefinition"].includes(kind);

/** Nobody measures processors here, and nobody has a JobSink. */
const isLeftOut = ({ kind, metadata }: Loose): boolean =>
  kind === "HorizontalPodAutoscaler" || (kind === "Deployment" && metadata.name === "job-sink");

async function documents(folder: string): Promise<readonly Loose[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith(".yaml")).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return (texts.flatMap((text) => loadAll(text)) as Loose[]).filter((object) => object !== null);
}

function features(object: Loose, changed: Readonly<Record<string, string>>): Loose {
  if (object.kind !== "ConfigMap" || object.metadata.name !== "config-features") return object;
  return { ...object, data: { ...object.data, ...changed } };
}

/**
 * Knative Eventing's own manifests, out of its module.
 *
 * @param module its folder
 * @param flags entries of `config-features` that are not as Knative ships them
 */
export async function eventingManifests(
  module: string,
  flags: Readonly<Record<string, string>>,
): Promise<EventingManifests> {
  const all = (await Promise.all(folders.map((folder) => documents(join(module, "config", folder)))))
    .flat()
    .filter((object) => !isLeftOut(object))
    .map((object) => features(object, flags));
  return { first: all.filter(isFirst), rest: all.filter((object) => !isFirst(object)) };
}
