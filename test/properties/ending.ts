import { annotations } from "../../src/core/annotations.ts";
import { components } from "../../src/core/evidence.ts";
import type { Incident } from "../../src/core/incident.ts";
import { minutes, seconds } from "../../src/core/instant.ts";
import { memoryStore } from "../../src/edge/memory/store.ts";
import type { Store } from "../../src/ports/store.ts";
import type { What } from "./case.ts";
import type { Ending } from "./ledger.ts";
import { answers } from "./model/links.ts";
import { generationNamed, usable } from "./model/pairs.ts";
import { fair } from "./model/state.ts";
import { truthOf } from "./model/truth.ts";
import type { Play } from "./play.ts";
import { signalOf } from "./signals.ts";

async function copyOf(play: Play): Promise<Store> {
  const store = memoryStore();
  for (const { document } of await play.hosts.store.listIncidents()) await store.saveIncident(document, undefined);
  for (const name of [play.installationName(), "model.unresolved"]) {
    const found = await play.hosts.store.loadInstallation(name);
    if (found !== undefined) await store.saveInstallation(found.document, undefined);
  }
  return store;
}

/** What was decided; not its words, which name Pods in the order of a list, nor by whom we were woken up. */
const decided = ({ name, phase, decision, diagnosis, plan, effects, failedHpas, waitingSince }: Incident) => ({
  name,
  phase,
  decision: { kind: decision?.kind, code: decision?.code, targets: decision?.targets },
  diagnosis: diagnosis?.code,
  plan: plan && {
    ...plan,
    steps: plan.steps.map(({ stalePods, ...step }) => [step, stalePods?.map((p) => p.uid).sort()]),
  },
  effects: effects.map((e) => e.id),
  failedHpas: [...failedHpas].sort(),
  waitingSince,
});

async function decidedAfter(play: Play, store: Store, signals: readonly What[], backwards: boolean): Promise<string> {
  const { hosts } = play;
  hosts.store = store;
  hosts.bus = [];
  hosts.restartAll();
  hosts.answers.backwards = backwards;
  for (const what of signals) await hosts.tell("a", hosts.wakeUp(await signalOf(what, hosts)));
  const installation = (await store.loadInstallation(play.installationName()))?.document;
  const { generations = [], rotations = [], reservations = [], breaker = [] } = installation ?? {};
  const known = { generations: generations.map((g) => g.generation), rotations, reservations, breaker };
  const incidents = (await store.listIncidents()).map((i) => decided(i.document));
  return JSON.stringify([incidents.sort((a, b) => a.name.localeCompare(b.name)), known]);
}

/** The same facts, told in another order and twice, at the same instant: the same decision (I4). */
export async function tellInAnyOrder(play: Play): Promise<void> {
  const { hosts, ledger, made } = play;
  const { bus, store } = hosts;
  const entries = ledger.entries.length;
  const relevant: readonly What[] = ["hpa", ...made.signals];
  const [one, two] = [await copyOf(play), await copyOf(play)];
  const first = await decidedAfter(play, one, relevant, false);
  const other = await decidedAfter(play, two, [...relevant, ...relevant].reverse(), true);
  ledger.entries.length = entries;
  Object.assign(hosts, { store, bus });
  hosts.answers.backwards = false;
  hosts.restartAll();
  ledger.add({ at: play.model.now, kind: "order", same: first === other, detail: `${first}\n${other}` });
}

function heal(play: Play): void {
  const { model, made } = play;
  Object.assign(model.weather, fair());
  model.happen();
  for (const component of components) {
    model.pause(component, false);
    model.annotate(component, annotations.paused, undefined);
    if (model.deployment(component).replicas === 0) model.scale(component, made.install.replicas[component]);
    if (model.deployment(component).neverReady) model.roll(component);
  }
  if (made.repaired && !usable(model.present, model.now)) play.repair();
}

const most = minutes(150);

async function standing(play: Play): Promise<Ending["open"]> {
  const all = await play.hosts.store.listIncidents();
  return all
    .map((i) => i.document)
    .filter((i) => i.phase !== "recovered" && i.phase !== "closed")
    .map(({ phase, decision, dueAt, effects }) => ({
      phase,
      kind: decision?.kind,
      code: decision?.code,
      sentence: decision?.sentence ?? "",
      dueAt,
      untold: effects.filter((e) => e.kind === "report").length,
    }));
}

const settled = (open: Ending["open"]): boolean => open.every((i) => i.phase === "escalated" || i.kind === "refuse");

/** Everything heals, time goes on, ticks come: how does it stand then (I5)? */
export async function healAndWait(play: Play): Promise<void> {
  const { model, hosts, ledger } = play;
  heal(play);
  const end = model.now + most;
  await hosts.tick(minutes(10), seconds(30));
  let open = await standing(play);
  for (let calm = 0; model.now < end && calm < 2; ) {
    await hosts.tick(minutes(12), minutes(4));
    open = await standing(play);
    calm = settled(open) || (open.length === 0 && answers(model)) ? calm + 1 : 0;
  }
  const truth = truthOf(model);
  const generation = generationNamed(model.present);
  const all = await hosts.store.listIncidents();
  const last = all.map((i) => i.document).find((i) => i.generation === generation);
  const ending: Ending = {
    broken: truth.tlsFailing && truth.mismatch && truth.usable,
    open,
    last: last && { phase: last.phase, code: last.decision?.code },
    mode: hosts.policy.mode,
    plain: play.plain,
  };
  ledger.add({ at: model.now, kind: "healed", end: ending });
}
