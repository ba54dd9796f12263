import { fileURLToPath } from "node:url";
import type { Replayed, ReplayStep } from "../../src/cli/replay.ts";
import { type RecordedRequest, type Recording, readRecording } from "../../src/edge/recording/folder.ts";
import type { Snapshot } from "../../src/edge/recording/snapshot.ts";
import type { Story } from "../../src/flow/respond.ts";

const folder = fileURLToPath(new URL("../fixtures/recordings/", import.meta.url));

export const recorded = (name: string): Promise<Recording> => readRecording(`${folder}${name}`);
export const selfSigned = await recorded("keda-2.13.1-self-signed");
export const certManager = await recorded("cert-manager-1.18-keda-chart-2.13.2");
export const eventExporter = await recorded("event-exporter-1.7");

export const instant = (text: string): number => Date.parse(text);

/** Every RFC 3339 time in a JSON text, moved by the same length of time. What stands in base64 (certificates) is no text. */
function shiftText(text: string, by: number): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) =>
    new Date(Date.parse(time) + by).toISOString(),
  );
}

/** The same requests, posted at another time of day, with every time that they carry. */
export const shifted = (requests: readonly RecordedRequest[], by: number): readonly RecordedRequest[] =>
  requests.map(({ at, headers, body }) => ({
    at: at + by,
    headers: JSON.parse(shiftText(JSON.stringify(headers), by)) as Record<string, string>,
    body: shiftText(body, by),
  }));

/** The same moments, seen with fewer rights. */
export const withSnapshots = (recording: Recording, change: (content: Snapshot["content"]) => object): Recording => ({
  ...recording,
  snapshots: recording.snapshots.map((s) => ({ ...s, content: { ...change(s.content) } as Snapshot["content"] })),
});

/** mulberry32: small, seeded, good enough to shuffle with. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What sources do to events: the times of arrival stay, contents change places, a fifth is lost, a fifth comes twice. */
export function scrambled(recording: Recording, seed: number): Recording {
  const next = random(seed);
  const contents = [...recording.requests];
  for (let i = contents.length - 1; i > 0; i -= 1) {
    const j = Math.floor(next() * (i + 1));
    const [a, b] = [contents[i], contents[j]];
    if (a === undefined || b === undefined) continue;
    contents[i] = b;
    contents[j] = a;
  }
  const requests = recording.requests.flatMap(({ at }, i) => {
    const content = contents[i];
    const luck = next();
    if (content === undefined || luck < 0.2) return [];
    const arrived = { ...content, at };
    return luck < 0.4 ? [arrived, { ...arrived, at: at + Math.floor(next() * 5000) }] : [arrived];
  });
  return { ...recording, requests: [...requests].sort((a, b) => a.at - b.at) };
}

export function snapshotStep({ steps }: Replayed, name: string): ReplayStep & { readonly story: Story } {
  const found = steps.find((s) => s.step === `snapshot ${name}`);
  if (found?.story === undefined) throw new Error(`snapshot ${name} was not judged`);
  return { ...found, story: found.story };
}

export const sentenceOf = (step: ReplayStep, check: string): string =>
  step.story?.looked.diagnosis.checks.find((c) => c.code === check)?.sentence ?? "";

/** What a replay came to: its last judged decision, and what was restarted. */
export const outcomeOf = ({ steps, restarts }: Replayed) => ({
  phase: steps.findLast((s) => s.story?.incident !== undefined)?.story?.incident?.phase,
  result: steps.findLast((s) => s.story?.incident !== undefined)?.story?.incident?.outcome?.result,
  restarts: restarts.map((r) => `${r.namespace}/${r.name}`),
});
