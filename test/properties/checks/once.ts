import type { Component } from "../../../src/core/evidence.ts";
import { restartOnRecord } from "../../../src/core/history.ts";
import type { Installation, Reservation } from "../../../src/core/installation.ts";
import { hours } from "../../../src/core/instant.ts";
import { defaultPolicy } from "../../../src/core/policy.ts";
import type { Entry } from "../ledger.ts";
import { apart, type History, type Rule } from "./invariant.ts";
import { generationOf } from "./plan.ts";

interface Done {
  readonly component: Component;
  readonly generation: string;
}

/** Whether a document says that this restart was done. */
function onFile(entry: Entry, { component, generation }: Done): boolean {
  if (entry.kind === "installation") return restartOnRecord(entry.installation, generation, component) !== undefined;
  return (
    entry.kind === "incident" &&
    entry.incident.generation === generation &&
    entry.incident.plan?.steps.some((s) => s.component === component && s.state === "performed") === true
  );
}

/**
 * Both memories of a restart are gone: the mark on the Deployment, taken off or overwritten by a later one, and the
 * documents: forgotten since, or never told because the mark went before anybody had looked.
 */
function bothLost(since: readonly Entry[], done: Done): boolean {
  const overwritten = since.some((e) => e.kind === "patch" && e.landed && e.component === done.component);
  const unmarked = since.some((e) => e.kind === "unmarked" && e.component === done.component);
  const remembered = since.slice(since.findLastIndex((e) => e.kind === "forget") + 1);
  return !remembered.some((e) => onFile(e, done)) && (unmarked || overwritten);
}

function atMostOnce({ ledger }: History): readonly string[] {
  const before = new Map<string, number>();
  const found: string[] = [];
  for (const patch of ledger.patches()) {
    const done = { component: patch.component, generation: generationOf(patch) };
    const key = `${done.component} for ${done.generation.slice(0, 12)}`;
    const at = ledger.entries.indexOf(patch);
    const first = before.get(key);
    if (first !== undefined && !bothLost(ledger.entries.slice(first + 1, at), done))
      found.push(`restarted ${key} twice`);
    before.set(key, at);
  }
  return found;
}

/** Every grant that was ever on record, by life of the store. */
function grants({ ledger }: History): readonly (readonly Reservation[])[] {
  const lives: Map<string, Reservation>[] = [new Map()];
  for (const entry of ledger.entries) {
    if (entry.kind === "forget") lives.push(new Map());
    if (entry.kind !== "installation") continue;
    for (const r of entry.installation.reservations) lives.at(-1)?.set(JSON.stringify(r), r);
  }
  return lives.map((life) => [...life.values()].sort((a, b) => a.at - b.at));
}

/** The operator was restarted, and only then shows that the metrics-apiserver is stale as well: one cure in two grants. */
const isOtherHalf = (one: Reservation, other: Reservation): boolean =>
  one.generation === other.generation &&
  // Clocks that are apart may turn the order round.
  [one.components.join(), other.components.join()].sort().join(" ") === "metrics-apiserver operator";

/** A plan that has begun is finished, and paid once more where its generation came back in between. */
const isGoingOn = (history: History, first: Reservation, second: Reservation): boolean =>
  first.generation === second.generation &&
  first.components.length === 2 &&
  first.components.join() === second.components.join() &&
  history.ledger
    .patches()
    .filter((p) => generationOf(p) === first.generation)
    .some((p) => p.clock >= first.at - apart(history) && p.clock <= second.at + apart(history));

function cooledDown(history: History): readonly string[] {
  const least = defaultPolicy.coolDown - apart(history);
  return grants(history).flatMap((life) =>
    life.flatMap((r, i) => {
      const before = life[i - 1];
      const soon = before !== undefined && r.at - before.at < least;
      if (soon && (isOtherHalf(before, r) || isGoingOn(history, before, r))) return [];
      return soon ? [`granted a restart ${(r.at - before.at) / 1000} s after the one before`] : [];
    }),
  );
}

function withinBudget(history: History): readonly string[] {
  const hour = hours(1) - apart(history);
  return grants(history).flatMap((life) =>
    life.flatMap((r) => {
      const recent = life
        .filter((other) => other.at <= r.at && other.at > r.at - hour)
        .filter((other) => !life.some((one) => one.at < other.at && isGoingOn(history, one, other)));
      return recent.length > defaultPolicy.restartsPerHour ? [`granted ${recent.length} plans within an hour`] : [];
    }),
  );
}

/** What was seen of the Secret and granted on it since the store was new. */
class Storm {
  readonly found: string[] = [];
  readonly #slack: number;
  readonly #isNew: (known: readonly Reservation[], grant: Reservation) => boolean;
  #changes: readonly number[] = [];
  #present: string | undefined;
  #granted = new Set<string>();

  constructor(slack: number, isNew: (known: readonly Reservation[], grant: Reservation) => boolean) {
    this.#slack = slack;
    this.#isNew = isNew;
  }

  forget(): void {
    this.#changes = [];
    this.#present = undefined;
    this.#granted = new Set();
  }

  see({ generations, reservations }: Installation, at: number): void {
    const newest = generations[0]?.generation ?? this.#present;
    if (this.#present !== undefined && newest !== this.#present) this.#changes = [...this.#changes, at];
    this.#present = newest;
    const known = reservations.filter((r) => this.#granted.has(JSON.stringify(r)));
    const fresh = reservations.filter((r) => !known.includes(r) && this.#isNew(known, r));
    const recent = this.#changes.filter((changed) => changed > at - defaultPolicy.stormWindow + this.#slack);
    if (fresh.length > 0 && recent.length >= defaultPolicy.stormGenerations)
      this.found.push(`granted a restart in a storm of ${recent.length} generations`);
    for (const r of reservations) this.#granted.add(JSON.stringify(r));
  }
}

/** Generations are counted by what was seen of them, not by what the documents say of the storm. */
function braked(history: History): readonly string[] {
  const storm = new Storm(apart(history), (known, grant) => !known.some((r) => isGoingOn(history, r, grant)));
  for (const entry of history.ledger.entries) {
    if (entry.kind === "forget") storm.forget();
    if (entry.kind === "installation") storm.see(entry.installation, entry.at);
  }
  return storm.found;
}

/** Nothing new is begun while a restart of ours is under way. */
function singleFlight({ ledger }: History): readonly string[] {
  const found: string[] = [];
  for (const patch of ledger.patches()) {
    const { look } = patch;
    if (look === undefined) continue;
    const other = patch.component === "operator" ? "metrics-apiserver" : "operator";
    const busy = (t: typeof look.truth) =>
      t.workloads[other].rolling && t.workloads[other].mark !== undefined && !t.workloads[other].paused;
    if (busy(look.truth) && busy(patch.truth))
      found.push(`restarted ${patch.component} while the restart of the ${other} was under way`);
  }
  return found;
}

/** I2: at most one restart per component and generation, and the guards around it. */
export const once: readonly Rule[] = [
  { of: "I2", rule: "at most one restart per component and generation", broken: atMostOnce },
  { of: "I2", rule: "one restart at a time", broken: singleFlight },
  { of: "I2", rule: "cool-down between plans", broken: cooledDown },
  { of: "I2", rule: "restart budget", broken: withinBudget },
  { of: "I2", rule: "storm brake", broken: braked },
];
