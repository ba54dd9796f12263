import { describe, expect, test } from "@jest/globals";
import type { Evidence } from "../../src/core/evidence.ts";
import { type MissReason, type Seen, type Unseen, unseen } from "../../src/core/seen.ts";
import { judge } from "../builders/casefile.ts";
import { judged } from "../scoreboard/situation.ts";
import { causes } from "./causes.ts";
import { situationOf } from "./situations.ts";
import { evidenceOf, isTold, type Variant } from "./variant.ts";

const all = <T>(of: Readonly<Record<string, Seen<T>>>, miss: Unseen): Readonly<Record<string, Seen<T>>> =>
  Object.fromEntries(Object.keys(of).map((pod) => [pod, miss]));

/** Every piece of evidence, taken away. */
const blinders: Readonly<Record<string, (evidence: Evidence, miss: Unseen) => Evidence>> = {
  apiService: (e, miss) => ({ ...e, apiService: miss }),
  layout: (e, miss) => ({ ...e, layout: miss }),
  material: (e, miss) => ({ ...e, material: miss }),
  issuance: (e, miss) => ({ ...e, issuance: miss }),
  operator: (e, miss) => ({ ...e, operator: miss }),
  metricsApiserver: (e, miss) => ({ ...e, metricsApiserver: miss }),
  lease: (e, miss) => ({ ...e, lease: miss }),
  operatorPresents: (e, miss) => ({ ...e, operatorPresents: all(e.operatorPresents, miss) }),
  metricsApiserverPresents: (e, miss) => ({ ...e, metricsApiserverPresents: all(e.metricsApiserverPresents, miss) }),
  logs: (e, miss) => ({ ...e, logs: all(e.logs, miss) }),
  hpas: (e, miss) => ({ ...e, hpas: miss }),
  scaledObjects: (e, miss) => ({ ...e, scaledObjects: miss }),
  history: (e) => ({ ...e, history: [] }),
  versions: (e) => ({ ...e, operator: unversioned(e.operator), metricsApiserver: unversioned(e.metricsApiserver) }),
};

function unversioned(workload: Evidence["operator"]): Evidence["operator"] {
  if (!workload.seen) return workload;
  const { version: _unknown, ...rest } = workload.value;
  return { ...workload, value: rest };
}

/** Told to a person at once, and asked for again. */
const reasons: readonly MissReason[] = ["Forbidden", "Timeout"];

const told = causes.flatMap((cause) =>
  cause.variants.filter(isTold).map((variant): readonly [string, Variant] => [`${cause.id}: ${variant.name}`, variant]),
);

/** What is wrong with the answers when these pieces are missing. */
function wrongWithout(name: string, variant: Variant, missing: readonly string[]): readonly string[] {
  return reasons.flatMap((reason) => {
    const miss = unseen(reason, "taken away by the test");
    const seen = evidenceOf(variant);
    const evidence = missing.reduce((e, key) => blinders[key]?.(e, miss) ?? e, seen);
    const { decision } = judge({ evidence });
    const restarts = decision.kind === "restart" ? decision.targets.map((target) => target.component) : [];
    const { verdict } = judged({ ...situationOf(variant), evidence }, restarts);
    const fine = ["left", "refused", "cured", "missed"].includes(verdict);
    return fine ? [] : [`${name}, ${missing.join(" and ")} ${reason}: ${verdict} by ${decision.code}`];
  });
}

const pieces = Object.keys(blinders);
const two = pieces.flatMap((one, i) => pieces.slice(i + 1).map((other) => [one, other]));

describe("whatever is taken away, the answer gets weaker and never wrong", () => {
  test.each(pieces)("without %s", (piece) => {
    expect(told.flatMap(([name, variant]) => wrongWithout(name, variant, [piece]))).toEqual([]);
  });

  test.each(two)("without %s and %s", (one, other) => {
    expect(told.flatMap(([name, variant]) => wrongWithout(name, variant, [one, other]))).toEqual([]);
  });
});
