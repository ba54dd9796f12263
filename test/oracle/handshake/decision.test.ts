import { describe, expect, it } from "@jest/globals";
import type { Evidence } from "../../../src/core/evidence.ts";
import { unseen } from "../../../src/core/seen.ts";
import { kedaMedic } from "../../scoreboard/rules.ts";
import { judged, type Situation, type Verdict } from "../../scoreboard/situation.ts";
import { restartsOf } from "../../scoreboard/tally.ts";
import { traps, truthTable } from "../../scoreboard/truthTable.ts";

const verdictOf = (situation: Situation, evidence: Evidence = situation.evidence): Verdict =>
  judged(situation, kedaMedic.restarts(evidence)).verdict;
const verdictInTheEnd = (situation: Situation): Verdict => judged(situation, restartsOf(kedaMedic, situation)).verdict;

const having = (situations: readonly Situation[], unwanted: readonly Verdict[], less = (e: Evidence): Evidence => e) =>
  situations
    .map((situation) => [verdictOf(situation, less(situation.evidence)), situation.name] as const)
    .filter(([verdict]) => unwanted.includes(verdict))
    .map(([verdict, name]) => `${verdict}: ${name}`);

describe("with full evidence, in every state that a KEDA can be in after a change of its Secret", () => {
  const table = truthTable();

  it("restarts nothing that works and nothing that no restart can help", () => {
    expect(having(table, ["needless", "harmful", "inVain"])).toEqual([]);
  });

  // Shows the same as M13 NU/OO, where the operator alone is the cure: a second look finds the other side.
  const known: Readonly<Record<string, Verdict>> = { "M13 OO/OO": "partly" };

  it("restarts exactly whom a real handshake needs restarted, operator first", () => {
    const states = (name: string): string => name.replace(/^(\S+) .* client (\S+) server (\S+):.*/, "$1 $2/$3");
    const found = having(table, ["missed", "partly", "curedAndMore"]).map((line) => line.split(": "));
    expect(new Set(found.map(([verdict, ...name]) => `${states(name.join(": "))} ${verdict}`))).toEqual(
      new Set(Object.entries(known).map(([name, verdict]) => `${name} ${verdict}`)),
    );
  });
});

describe("who looks again, as we do", () => {
  it("has cured all that a restart can cure, in two steps where the first fault hid the second, and nothing more", () => {
    const wrong = truthTable()
      .map((situation) => [verdictInTheEnd(situation), situation.name])
      .filter(([verdict]) => !["left", "refused", "cured"].includes(verdict ?? ""));
    expect(wrong).toEqual([]);
  });

  it("restarts the operator alone where that is all, and the other side only when it is refused then", () => {
    const restarts = (pair: string) =>
      truthTable()
        .filter(({ name }) => new RegExp(`^M13 .*, ${pair}: .* KEDA 2.20.1$`).test(name))
        .map((situation) => restartsOf(kedaMedic, situation).join(" then "));
    expect(restarts("client NU server OO")).toEqual(["operator", "operator", "operator"]);
    expect(restarts("client OO server OO")).toEqual(Array(3).fill("operator then metrics-apiserver"));
  });
});

describe("what nobody can tell from the evidence", () => {
  it("is whether a metrics-apiserver that reloads still holds the leaf that has expired, as the operator does", () => {
    const shows = (pair: string): string | undefined => {
      const wanted = new RegExp(`^M13 .* RSA, ${pair}: .* KEDA 2.20.1$`);
      return JSON.stringify(truthTable().find((one) => wanted.test(one.name))?.evidence);
    };
    expect(shows("client OO server OO")).toBeDefined();
    expect(shows("client OO server OO")).toBe(shows("client NU server OO"));
  });
});

describe("in states that no KEDA can be in", () => {
  it("never restarts what works, and never loads a Secret that nobody can use", () => {
    expect(having(traps(), ["needless", "harmful"])).toEqual([]);
  });
});

describe("with something missing, never harms and never restarts what works", () => {
  const gone = unseen("Forbidden", "no right to look");
  const withoutLog = (evidence: Evidence): Evidence => ({ ...evidence, logs: { "adapter-1": gone } });
  const lacking: readonly (readonly [string, (evidence: Evidence) => Evidence])[] = [
    ["the probe", (evidence) => ({ ...evidence, operatorPresents: { "operator-1": gone } })],
    ["the log", withoutLog],
    ["the HPAs", (evidence) => ({ ...evidence, hpas: gone })],
    ["the HPAs and the log", (evidence) => ({ ...withoutLog(evidence), hpas: gone })],
    ["the Secret", (evidence) => ({ ...evidence, material: gone })],
    ["the past", (evidence) => ({ ...evidence, history: [] })],
    ["the lease", (evidence) => ({ ...evidence, lease: gone })],
    ["the metrics-apiserver's port", (evidence) => ({ ...evidence, metricsApiserverPresents: {} })],
  ];

  it.each(lacking)("%s", (_, less) => {
    expect(having([...truthTable(), ...traps()], ["needless", "harmful"], less)).toEqual([]);
  });
});
