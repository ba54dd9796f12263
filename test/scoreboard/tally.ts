import type { Rule } from "./rules.ts";
import { type Judged, judged, type Restarts, type Situation } from "./situation.ts";

/** How a rule does, in numbers of situations. */
export interface Tally {
  readonly rule: string;
  /** It works again. */
  readonly rightCures: number;
  /** It could work again, and does not. */
  readonly missedCures: number;
  /** Something was restarted that no cure needs. */
  readonly needlessRestarts: number;
  /** It worked before, or had something left that worked, and now has not. */
  readonly harmfulRestarts: number;
  /** It is broken, and nothing was restarted. */
  readonly abstentions: number;
  /** Of the abstentions: nothing could have helped. */
  readonly rightAbstentions: number;
}

const count = (all: readonly Judged[], wanted: (one: Judged) => boolean): number => all.filter(wanted).length;
const isCure = ({ verdict }: Judged): boolean => verdict === "cured" || verdict === "curedAndMore";
const isNeedless = ({ verdict }: Judged): boolean =>
  verdict === "curedAndMore" || verdict === "needless" || verdict === "inVain";

/** Whom a rule restarts in the end: what it does at first, and what it adds when it looks again and it fails still. */
export function restartsOf({ restarts, again }: Rule, { evidence, after, worksAfter }: Situation): Restarts {
  const first = restarts(evidence);
  if (first.length === 0 || again === undefined || after === undefined || worksAfter(first)) return first;
  const second = again(after(first), first);
  return [...first, ...second.filter((side) => !first.includes(side))];
}

export function tallyOf(rule: Rule, situations: readonly Situation[]): Tally {
  const all = situations.map((situation) => judged(situation, restartsOf(rule, situation)));
  return {
    rule: rule.name,
    rightCures: count(all, isCure),
    missedCures: count(all, (one) => one.curable && !isCure(one)),
    needlessRestarts: count(all, isNeedless),
    harmfulRestarts: count(all, ({ verdict }) => verdict === "harmful"),
    abstentions: count(all, ({ verdict }) => verdict === "missed" || verdict === "refused"),
    rightAbstentions: count(all, ({ verdict }) => verdict === "refused"),
  };
}
