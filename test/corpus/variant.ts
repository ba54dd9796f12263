import type { Decision } from "../../src/core/decision.ts";
import type { Component, Evidence } from "../../src/core/evidence.ts";
import type { Given } from "../builders/casefile.ts";
import { type Changes, evidence, incident, operatorStale } from "../builders/evidence.ts";
import { type Installed, installed } from "./installed.ts";

/** What restarts come to, named by the sides that are restarted. */
export type Restarted = "none" | "operator" | "metrics-apiserver" | "both";

/** What is so, whoever looks and whatever was seen of it. */
export interface Truth {
  /** After which restarts HPAs get their metrics; `none`: they get them now. */
  readonly worksAfter: readonly Restarted[];
  /** Sides that hold certificates which still work, beside a Secret that nobody can use. */
  readonly burns?: readonly Component[];
}

export interface Expected {
  readonly code: string;
  readonly decision: Decision["kind"];
  /** Sides to restart, operator first. */
  readonly targets?: readonly Component[];
  readonly needsApproval?: true;
}

/** One situation: facts in, answer out. */
export interface Variant {
  readonly name: string;
  /** What the facts differ from: a healthy KEDA, or one of the two mirror images of the incident. */
  readonly start: "healthy" | "incident" | "operatorStale";
  readonly facts: Changes;
  /** What only our own record or a policy tells; with one of them no rule of others can be compared. */
  readonly record?: Omit<Given, "evidence">;
  readonly expected: Expected;
  /** Why that is the answer: a row of the oracle, a recording, a source file, an upstream issue. */
  readonly ground: string;
  /** Left out where it is still in motion, and where only a record tells. */
  readonly truth?: Truth;
  /** What could not be seen: the answer may be weaker than with it, never wrong. */
  readonly unseen?: string;
}

/** Two situations that differ in one fact and need opposite answers. */
export interface Pair {
  /** The fact that differs: one key of the facts, or what is on record. */
  readonly fact: keyof Changes | "record";
  readonly one: Variant;
  readonly other: Variant;
}

export interface Cause {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly Variant[];
  readonly pair: Pair;
}

const starts = { healthy: evidence, incident, operatorStale } as const;

/** The variant's evidence, with the names that an installation gives. */
export const evidenceOf = ({ start, facts }: Variant, how: Installed = "yaml"): Evidence =>
  starts[start](installed(how, facts));

export const works: Truth = { worksAfter: ["none", "operator", "metrics-apiserver", "both"] };
/** An old/old pair: either side alone breaks it. */
export const fragile: Truth = { worksAfter: ["none", "both"] };
export const hopeless: Truth = { worksAfter: [] };
/** It works as long as nobody restarts: the Secret is unusable. */
export const doomed: Truth = { worksAfter: ["none"] };
/** A restart of this side helps, of both too. */
export const curedBy = (side: Exclude<Restarted, "none">): Truth => ({
  worksAfter: side === "both" ? ["both"] : [side, "both"],
});
/** Broken, the Secret is unusable, and these sides still hold something that is not. */
export const limping = (...burns: readonly Component[]): Truth => ({ worksAfter: [], burns });

export const adapter: readonly Component[] = ["metrics-apiserver"];
export const operator: readonly Component[] = ["operator"];
export const both: readonly Component[] = ["operator", "metrics-apiserver"];

export const restart = (code: string, targets: readonly Component[]): Expected => ({
  code,
  decision: "restart",
  targets,
});
export const refuse = (code: string): Expected => ({ code, decision: "refuse" });
export const escalate = (code: string): Expected => ({ code, decision: "escalate" });
export const wait = (code: string): Expected => ({ code, decision: "wait" });
export const nothing = (code: string): Expected => ({ code, decision: "none" });

/** Situations of one kind: they start alike and share facts; the same is expected of each and so for each, but for what `more` says. */
export const kind =
  (start: Variant["start"], expected: Expected, truth?: Truth, shared: Changes = {}) =>
  (name: string, facts: Changes, ground: string, more: Partial<Variant> = {}): Variant => ({
    name,
    start,
    facts: { ...shared, ...facts },
    expected,
    ground,
    ...(truth === undefined ? {} : { truth }),
    ...more,
  });

export const withoutTruth = ({ truth: _moving, ...rest }: Variant): Variant => rest;
/** What is waited for is still in motion. */
export const withoutTruthInMotion = (one: Variant): Variant =>
  one.expected.decision === "wait" ? withoutTruth(one) : one;

/** Something is so, and the facts alone tell it: others can be asked about it, and every piece of evidence can be taken away. */
export const isTold = ({ truth, record }: Variant): boolean => truth !== undefined && record === undefined;

/** The incident as it is, for pairs: one fact away from it the answer is another. */
export const plainIncident = (facts: Changes = {}): Variant => ({
  name: "the incident itself",
  start: "incident",
  facts,
  expected: restart("MetricsApiserverStale", adapter),
  ground: "recording keda-2.13.1-self-signed/3-failing; keda#5683",
  truth: curedBy("metrics-apiserver"),
});

/** The pair of a variant of the incident that spoils it by one fact, and the incident without that fact. */
export function spoiled(one: Variant, fact: keyof Changes): Pair {
  const { [fact]: _spoiling, ...rest } = one.facts;
  return { fact, one, other: plainIncident(rest) };
}
