import type { Loose } from "../api/client.ts";
import type { Decided } from "../scenarios/scenario.ts";
import { type Audited, patchesOf, type Written } from "./audit.ts";

/** What one incident came to at one moment, without what depends on the hour, the keys or the names that Kubernetes made up. */
export interface DecisionRecord {
  readonly phase: string;
  readonly diagnosis: string;
  readonly decision: string;
  readonly code: string;
  readonly sentence: string;
  /** `component namespace/name`, in the order of restarting. */
  readonly targets: readonly string[];
  /** Reserved steps, `component namespace/name`. */
  readonly plan: readonly string[];
  readonly outcome?: string;
}

/** What a play came to on one host. */
export interface Records {
  /** Every verdict that respond or sweep gave, as `decision code`, in the order in which they were first given. */
  readonly verdicts: readonly string[];
  /** Incidents as they were opened, each with its records as they were written. */
  readonly incidents: readonly (readonly DecisionRecord[])[];
  /** Patches that were carried out: by whom, and of what. */
  readonly patches: readonly string[];
  /** What restart reported of itself. */
  readonly performed: readonly string[];
}

/** A sentence of two runs differs in these only. */
const changing: readonly (readonly [RegExp, string])[] = [
  // HPAs notice one after the other: how many have, and are named, is a matter of when somebody looked.
  [/\b[a-z0-9-]+\/keda-hpa-[a-z0-9-]+(?:, [a-z0-9-]+\/keda-hpa-[a-z0-9-]+)*(?: and \d+ more)?/g, "<HPAs>"],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>"],
  [/\b(keda-[a-z]+(?:-[a-z]+)*)-[0-9a-f]{7,10}-[a-z0-9]{5}\b/g, "<pod of $1>"],
  [/\b\d+\.\d+\.\d+\.\d+\b/g, "<address>"],
  [/\b[0-9a-f]{12,64}\b/g, "<hash>"],
  [/\b\d+ times\b/g, "<count> times"],
  [/\b\d+(?:\.\d+)? ?(?:ms|s|min|m|h|d|seconds?|minutes?)\b/g, "<length>"],
];

export const withoutChance = (sentence: string): string =>
  changing.reduce((text, [shape, name]) => text.replace(shape, name), sentence);

const place = ({ component, namespace, name }: Loose): string => `${component} ${namespace}/${name}`;

function recordOf({ phase, diagnosis, decision, plan, outcome }: Loose): DecisionRecord {
  return {
    phase,
    diagnosis: diagnosis?.code ?? "",
    decision: decision?.kind ?? "",
    code: decision?.code ?? "",
    sentence: withoutChance(decision?.sentence ?? ""),
    targets: (decision?.targets ?? []).map(place),
    plan: (plan?.steps ?? []).map(place),
    ...(outcome === undefined ? {} : { outcome: `${outcome.result}: ${withoutChance(outcome.sentence)}` }),
  };
}

/** Whether it says what was found. A wait says when somebody looked, and that depends on the host's rhythm. */
const isVerdict = (decision: string): boolean => decision !== "wait" && decision !== "";

const key = (value: unknown): string => JSON.stringify(value);

/** The verdict itself. Its sentence tells how far things are at the look: the first one that was given stands for all. */
const verdictOf = ({ sentence: _sentence, ...verdict }: DecisionRecord): string => key(verdict);

/** Without repetitions of the one before. */
const changes = (all: readonly DecisionRecord[]): readonly DecisionRecord[] =>
  all.filter((one, i) => i === 0 || verdictOf(one) !== verdictOf(all[i - 1] as DecisionRecord));

/** @param written writes of incidents in order */
export function recordsOf(
  written: readonly Written[],
  requests: readonly Audited[],
  decisions: readonly Decided[],
): Records {
  const names = [...new Set(written.map(({ name }) => name))];
  const storyOf = (name: string): readonly DecisionRecord[] =>
    changes(
      written
        .filter((one) => one.name === name)
        .map(({ status }) => recordOf(status))
        .filter(({ decision }) => isVerdict(decision)),
    );
  const performed = decisions.filter(({ role, kind }) => role === "restart" && kind === "performed");
  const given = decisions.filter(({ role, kind }) => role !== "restart" && isVerdict(kind));
  return {
    verdicts: [...new Set(given.map(({ kind, code }) => `${kind} ${code}`))],
    incidents: names.map(storyOf).filter((story) => story.length > 0),
    patches: patchesOf(requests).map(({ account, name }) => `${account} ${name}`),
    performed: performed.map(({ code, sentence }) => `${code}: ${withoutChance(sentence)}`),
  };
}

/** Every record that one host has and the other has not, as sentences; empty when both came to the same. */
export function differences(names: readonly [string, string], one: Records, other: Records): readonly string[] {
  const lines = ({ verdicts, incidents, patches, performed }: Records): readonly (readonly [string, unknown])[] => [
    ...verdicts.map((verdict, i) => [`verdict ${i + 1}`, verdict] as const),
    ...incidents.flatMap((story, i) =>
      story.map((record, j) => [`incident ${i + 1}, record ${j + 1}`, record] as const),
    ),
    ...patches.map((patch, i) => [`patch ${i + 1}`, patch] as const),
    ...performed.map((report, i) => [`report ${i + 1}`, report] as const),
  ];
  const [mine, theirs] = [new Map(lines(one)), new Map(lines(other))];
  return [...new Set([...mine.keys(), ...theirs.keys()])]
    .filter((what) => key(mine.get(what)) !== key(theirs.get(what)))
    .map(
      (what) =>
        `${what} is ${key(mine.get(what)) ?? "missing"} on ${names[0]} and ${key(theirs.get(what)) ?? "missing"} on ${names[1]}`,
    );
}
