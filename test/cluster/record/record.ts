import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Loose } from "../api/client.ts";
import { allReady } from "../medic/installed.ts";
import { medicNamespace, namespace, sourceManifests } from "../medic/manifests.ts";
import type { Inside } from "../namespaces/enter.ts";
import { timing } from "../play.ts";
import { hasTimedOut } from "../world/picture.ts";
import { RealWorld } from "../world/realWorld.ts";
import { differences, requestsShape, snapshotShape } from "./shape.ts";
import { openSink } from "./sink.ts";
import { takeSnapshot } from "./take.ts";

/** What is recorded here; the other folders beside it need programs that are no Go modules. */
export const recorded = "keda-2.13.1-self-signed";

export const recordingFolder = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/recordings/${name}`, import.meta.url));

/** What was told and seen while the incident was played. */
export interface Recording {
  /** By file name, without `.json`. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly timeline: string;
}

/** The incident without keda-medic: a person restarts the metrics-apiserver. Events come from the real sources. */
async function recordIncident(world: RealWorld, say: (line: string) => void): Promise<Recording> {
  const files: Record<string, unknown> = {};
  const timeline: string[] = [];
  const began = Date.now();
  const note = (text: string): void => {
    const now = new Date();
    timeline.push(`${now.toISOString()} ${((now.getTime() - began) / 1000).toFixed(1)}s ${text}`);
    say(timeline.at(-1) ?? "");
  };
  const snapshot = async (name: string): Promise<void> => {
    files[name] = await takeSnapshot(world);
    note(`snapshot ${name}`);
  };
  const sink = await openSink();
  try {
    await world.open();
    await world.cluster.kubectl.apply([namespace(medicNamespace), ...sourceManifests(sink.url)]);
    await world.until("the sources to watch", () => allReady(world.api));
    await sleep(settles);
    note("healthy");
    await snapshot("1-healthy");
    await world.rotateSecret("selfSignedRekey");
    note("Secret changed");
    await sleep(45_000);
    await snapshot("2-latent");
    await world.oomKill("operator");
    note("operator killed: OOMKilled");
    await world.until("every HPA to fail", () => failing(world), 180_000);
    note("HPAs failing");
    await snapshot("3-failing");
    await world.restartDeployment("metrics-apiserver");
    note("metrics-apiserver restarted");
    await world.until("KEDA to be healthy", () => world.healthy(), 180_000);
    note("HPAs active again");
    await sleep(20_000);
    await snapshot("4-healed");
    return { files: { ...files, cloudevents: sink.received }, timeline: `${timeline.join("\n")}\n` };
  } finally {
    sink.close();
  }
}

/** From an adapter's start to its watch. */
const settles = 5000;

const failing = async (world: RealWorld): Promise<boolean> => (await world.hpas()).every(hasTimedOut);

/**
 * Records into the folder, and says where the files differ in shape from those that are committed. Ends with 1 when they have
 * something that these have not.
 */
export async function record({ folder, binaries, modules, words }: Inside): Promise<number> {
  const [into = recordingFolder(recorded)] = words;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const committed = committedFiles();
  const world = new RealWorld({
    folder,
    binaries,
    modules,
    kedaVersion: "2.13.1",
    metricsApiservers: 3,
    propagation: timing.propagation,
    hpaPeriod: `${timing.hpaPeriod}ms`,
  });
  try {
    const { files, timeline } = await recordIncident(world, say);
    mkdirSync(into, { recursive: true });
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(into, `${name}.json`), `${JSON.stringify(content, null, 1)}\n`);
    writeFileSync(join(into, "timeline.txt"), timeline);
    say(`recorded into ${into}`);
    const sentences = Object.entries(files).flatMap(([name, content]) => changes(name, committed[name], content));
    say(sentences.length === 0 ? "same shape as the committed files" : sentences.join("\n"));
    return sentences.some((sentence) => sentence.includes(": missing: ")) ? 1 : 0;
  } finally {
    await world.close();
  }
}

/** Shape of one recorded file against the committed one. */
export function changes(name: string, was: Loose, is: Loose): readonly string[] {
  const shape = name === "cloudevents" ? requestsShape : snapshotShape;
  return differences(shape(was ?? {}), shape(is)).map((sentence) => `${name}: ${sentence}`);
}

function committedFiles(): Readonly<Record<string, Loose>> {
  const names = ["1-healthy", "2-latent", "3-failing", "4-healed", "cloudevents"];
  const read = (name: string): Loose => {
    const path = join(recordingFolder(recorded), `${name}.json`);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  };
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}
