import type { Ending } from "../ledger.ts";
import type { History, Rule } from "./invariant.ts";

/** A curable pair in mode act is cured, or a person has it and was told why. */
function cured({ ledger }: History): readonly string[] {
  return ledger.of("healed").flatMap(({ end }) => (end.broken ? uncured(end) : []));
}

const inHands = (i: Ending["open"][number]): boolean =>
  i.phase === "escalated" || i.kind === "refuse" || (i.kind === "restart" && i.phase === "watching");

function uncured(end: Ending): readonly string[] {
  const standing = end.open.filter(inHands);
  if (standing.length === 0 && !(end.open.length > 0 && end.open.every((i) => i.code === "OutsideMaintenanceWindow")))
    return [`a curable pair was silently parked: ${JSON.stringify({ open: end.open, last: end.last })}`];
  if (standing.some((i) => i.sentence === "" || i.code === undefined)) return ["a refusal without a reason"];
  return [];
}

/** Nothing excuses a stale pair where nothing but rotations, kills, losses and crashes happened. */
function plainlyCured({ ledger }: History): readonly string[] {
  return ledger.of("healed").flatMap(({ end }) => {
    if (!end.plain || !end.broken || end.mode !== "act") return [];
    return [
      `still broken after hours in which nothing stood in the way: ${JSON.stringify({ open: end.open, last: end.last })}`,
    ];
  });
}

function neverParked({ ledger }: History): readonly string[] {
  return ledger.of("healed").flatMap(({ end }) =>
    end.open.flatMap((i) => {
      if (i.dueAt === undefined) return [`an open incident that nobody looks at again: ${JSON.stringify(i)}`];
      return i.untold > 0 ? [`people were not told although the sink took events for hours: ${JSON.stringify(i)}`] : [];
    }),
  );
}

/** What works is not kept open for ever, and what is broken is not called recovered. */
function closedRightly({ ledger }: History): readonly string[] {
  return ledger.of("healed").flatMap(({ end }) => {
    const open = end.open.filter((i) => i.phase === "acting");
    if (open.length > 0) return [`a plan that never ends: ${JSON.stringify(open)}`];
    return [];
  });
}

/** I5: a stale pair on a reachable cluster ends as recovered or in a human's hands. */
export const liveness: readonly Rule[] = [
  { of: "I5", rule: "a curable pair is cured, or a refusal with a reason stands", broken: cured },
  { of: "I5", rule: "a curable pair that nothing stands in the way of is cured", broken: plainlyCured },
  { of: "I5", rule: "open incidents are looked at again and told", broken: neverParked },
  { of: "I5", rule: "no plan is under way for ever", broken: closedRightly },
];
