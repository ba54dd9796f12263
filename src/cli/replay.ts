import type { Decision } from "../core/decision.ts";
import type { Component } from "../core/evidence.ts";
import { defaultPolicy, type Policy } from "../core/policy.ts";
import { unseen } from "../core/seen.ts";
import type { NotOurs, Signal } from "../core/signal.ts";
import { decodeEvents } from "../edge/cloudevents/decode.ts";
import { toSignal } from "../edge/cloudevents/signal.ts";
import { memoryStore } from "../edge/memory/store.ts";
import { noTracer } from "../edge/otel/tracer.ts";
import type { RecordedRequest, Recording } from "../edge/recording/folder.ts";
import { type ReplayedRestart, withRestarts } from "../edge/recording/overlay.ts";
import { type Snapshot, snapshotProbe, snapshotReader } from "../edge/recording/snapshot.ts";
import { type Memory, newMemory } from "../flow/memory.ts";
import type { Ports, Settings } from "../flow/ports.ts";
import { isRelevant } from "../flow/relevance.ts";
import { respondNow, type Story } from "../flow/respond.ts";
import type { OutgoingEvent } from "../ports/emitter.ts";

export interface ReplayStep {
  readonly at: number;
  readonly step: string;
  readonly decision: Decision;
  /** Diagnosis behind the decision; undefined where nothing was looked at. */
  readonly story: Story | undefined;
  /** True where the step starts nothing: no event of ours, or none about this installation. */
  readonly ignored: boolean;
}

const nothing = (code: string, sentence: string): Decision => ({ kind: "none", code, sentence, targets: [] });

/** The world of a recording at one moment, and what we did to it so far. */
class ReplayedWorld {
  now = 0;
  snapshot: Snapshot | undefined;
  readonly restarts: ReplayedRestart[] = [];
  readonly memory: Memory = newMemory();
  readonly #settings: Settings;
  readonly #store = memoryStore();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** A requested restart is performed at once on the recording: the overlay shows it from now on. */
  #perform(event: OutgoingEvent, target: { namespace: string; name: string } | undefined): boolean {
    const data = event.data as { component?: Component; generation?: string };
    if (
      event.type.startsWith("dev.kedamedic.restart.requested") &&
      target !== undefined &&
      data.generation !== undefined
    ) {
      this.restarts.push({ ...target, generation: data.generation, at: this.now });
    }
    return true;
  }

  #ports(): Ports {
    const shown = this.snapshot === undefined ? undefined : withRestarts(this.snapshot, this.restarts);
    const empty: Snapshot = { name: "none", at: this.now, content: {} };
    const reader = snapshotReader(shown ?? empty);
    const notYet = async () => unseen("Unreachable", "nothing was recorded yet at this moment");
    return {
      clock: { now: () => this.now },
      cluster: shown === undefined ? { ...reader, apiService: notYet, hpas: notYet } : reader,
      probe: snapshotProbe(shown ?? empty),
      store: this.#store,
      emitter: { emit: async (event) => this.#perform(event, await this.#targetOf(event)) },
      tracer: noTracer,
      log: { info: () => {}, warn: () => {}, error: () => {} },
    };
  }

  async #targetOf(event: OutgoingEvent): Promise<{ namespace: string; name: string } | undefined> {
    const { component } = event.data as { component?: Component };
    const incident = await this.#store.loadIncident(event.subject);
    return incident?.document.plan?.steps.find((s) => s.component === component);
  }

  async tell(signal: Signal, at: number, key: string): Promise<Story | undefined> {
    return respondNow(this.#ports(), this.#settings, { signal, at, key }, this.memory);
  }
}

function signalsOf(request: RecordedRequest): readonly (Signal | NotOurs)[] {
  const decoded = decodeEvents(request.headers, Buffer.from(request.body));
  return decoded.ok ? decoded.events.map(toSignal) : [];
}

function describe(signal: Signal): string {
  switch (signal.kind) {
    case "MetricFailed":
      return `${signal.kind} ${signal.namespace}/${signal.hpa} (${signal.failure})`;
    case "ScalerFailed":
      return `${signal.kind} ${signal.namespace}/${signal.scaledObject}`;
    case "RestartReported":
      return `${signal.kind} ${signal.incident}`;
    case "Tick":
      return signal.kind;
    default:
      return `${signal.kind} ${signal.namespace}/${signal.name}`;
  }
}

const ignored = (at: number, step: string, code: string, sentence: string): ReplayStep => ({
  at,
  step,
  decision: nothing(code, sentence),
  story: undefined,
  ignored: true,
});

async function replayEvent(world: ReplayedWorld, request: RecordedRequest, i: number): Promise<ReplayStep> {
  world.now = request.at;
  const [signal] = signalsOf(request);
  const step = `event ${i + 1}`;
  if (signal === undefined)
    return ignored(request.at, `${step}: unreadable`, "Refused", "The request is no event that we accept.");
  if (signal.kind === "NotOurs")
    return ignored(
      request.at,
      `${step}: ${signal.code}`,
      signal.code,
      "An event that means nothing to us: it starts nothing.",
    );
  if (!isRelevant(signal, world.memory.names))
    return ignored(
      request.at,
      `${step}: ${describe(signal)}`,
      "NotThisInstallation",
      "Not about KEDA's own objects: it starts nothing.",
    );
  const story = await world.tell(signal, request.at, `event/${i}`);
  const decision = story?.decision ?? nothing("Conflict", "Nothing was decided.");
  return { at: request.at, step: `${step}: ${describe(signal)}`, decision, story, ignored: false };
}

async function replaySnapshot(world: ReplayedWorld, snapshot: Snapshot): Promise<ReplayStep> {
  world.now = snapshot.at;
  world.snapshot = snapshot;
  const story = await world.tell({ kind: "Tick" }, snapshot.at, `snapshot/${snapshot.name}`);
  const decision = story?.decision ?? nothing("Conflict", "Nothing was decided.");
  return { at: snapshot.at, step: `snapshot ${snapshot.name}`, decision, story, ignored: false };
}

export interface Replayed {
  readonly steps: readonly ReplayStep[];
  readonly restarts: readonly ReplayedRestart[];
}

/** A recording acts as it would have been acted upon; nothing is touched. */
export const replayPolicy: Policy = { ...defaultPolicy, mode: "act" };

/** Events and looks in the order of their times, through the same code as in production, the decision at each. */
export async function replay(
  recording: Recording,
  policy: Policy = replayPolicy,
  onStep: (step: ReplayStep) => void = () => {},
): Promise<Replayed> {
  const world = new ReplayedWorld({ policy, readSecret: true, answerWithin: 60_000 });
  const moments = [
    ...recording.requests.map((request, i) => ({ at: request.at, run: () => replayEvent(world, request, i) })),
    ...recording.snapshots.map((snapshot) => ({ at: snapshot.at, run: () => replaySnapshot(world, snapshot) })),
  ].sort((a, b) => a.at - b.at);
  const steps: ReplayStep[] = [];
  for (const moment of moments) {
    const step = await moment.run();
    steps.push(step);
    onStep(step);
  }
  return { steps, restarts: world.restarts };
}
