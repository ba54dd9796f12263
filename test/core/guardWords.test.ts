import { describe, expect, test } from "@jest/globals";
import { hours, minutes, seconds } from "../../src/core/instant.ts";
import { type Given, installation, judge, policy } from "../builders/casefile.ts";
import { incident, operatorStale, presentPair } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

const decided = (given: Partial<Given> = {}) => judge({ evidence: incident(), ...given }).decision;
const granted = (at: number, more = {}) => ({
  generation: `g${at}`,
  components: ["metrics-apiserver" as const],
  cause: "MetricsApiserverStale",
  at,
  ...more,
});
const marked = (at: number) =>
  incident({ metricsApiserver: { restartedFor: presentPair.generation, restartedAt: at } });
const due = (dueAt: number) => ({ dueAt });

describe("whoever is stopped is told why, and when we look again where a clock says so", () => {
  test.each<[string, Partial<Given>, string, { readonly dueAt?: number }]>([
    [
      "a person's pause",
      { evidence: incident({ metricsApiserver: { pausedByPerson: "load test" } }) },
      'keda-metrics-apiserver carries kedamedic.dev/paused ("load test"): a person said hands off. Remove the annotation to let us act.',
      {},
    ],
    [
      "a paused rollout",
      { evidence: incident({ metricsApiserver: { paused: true } }) },
      "Deployment keda-metrics-apiserver is paused: a patch of its template would not roll. Run kubectl rollout resume first.",
      {},
    ],
    [
      "the breaker",
      { installation: installation({ breaker: [presentPair.generation] }) },
      "A restart for this generation of certificates did not bring the HPAs back: never a second try on the same evidence. A person must look.",
      {},
    ],
    [
      "a restart under way",
      { evidence: marked(ago(minutes(4))) },
      "keda-metrics-apiserver was already restarted for this generation at 2026-11-23T17:01:00Z; its effect is being verified.",
      due(NOW + minutes(1)),
    ],
    [
      "a restart that did not help",
      { evidence: marked(ago(minutes(6))) },
      "keda-metrics-apiserver was already restarted for this generation and still does not work: a second restart cannot help.",
      {},
    ],
    [
      "the storm brake",
      { installation: installation({ rotations: [29, 20, 10, 1].map((n) => ago(minutes(n))) }) },
      "The Secret changed 4 times in 30m: two writers fight over it, or somebody tries things out. Stop one of them, or leave the Secret alone.",
      due(NOW + minutes(30)),
    ],
    [
      "the budget",
      { installation: installation({ reservations: [50, 40, 20].map((n) => granted(ago(minutes(n)))) }) },
      "3 restarts were granted within the last hour, the budget is 3: something keeps breaking, a person must look.",
      due(NOW + minutes(10)),
    ],
    [
      "a budget that was larger yesterday, until the oldest that still counts is an hour old",
      { installation: installation({ reservations: [50, 40, 30, 20].map((n) => granted(ago(minutes(n)))) }) },
      "4 restarts were granted within the last hour, the budget is 3: something keeps breaking, a person must look.",
      due(NOW + minutes(20)),
    ],
    [
      "the cool-down, which the newest restart began",
      { installation: installation({ reservations: [14, 3].map((n) => granted(ago(minutes(n)))) }) },
      "The last restart was granted 3m ago: let it settle.",
      due(NOW + minutes(12)),
    ],
    [
      "the maintenance window",
      { policy: policy({ maintenanceWindow: { from: 17 * 60 + 25, to: 60 } }) },
      "A restart is due, but only inside the maintenance window; it opens in 20m.",
      due(NOW + minutes(20)),
    ],
  ])("%s", (_, given, sentence, when) => {
    const { kind, code, ...rest } = decided(given);
    expect(rest).toStrictEqual({ sentence, targets: [], ...when });
  });
});

test("a window that ends when it opens is never open", () => {
  const minute = 17 * 60 + 5;
  expect(decided({ policy: policy({ maintenanceWindow: { from: minute, to: minute } }) })).toMatchObject({
    code: "OutsideMaintenanceWindow",
    dueAt: NOW,
  });
});

test("a budget of nothing grants nothing", () => {
  expect(decided({ policy: policy({ restartsPerHour: 0 }) })).toMatchObject({
    code: "BudgetSpent",
    dueAt: NOW + hours(1),
  });
});

test("the cool-down is over at its very end, and not a moment before", () => {
  const after = (age: number) => decided({ installation: installation({ reservations: [granted(ago(age))] }) }).kind;
  expect([after(minutes(15) - 1), after(minutes(15))]).toEqual(["wait", "restart"]);
});

describe("granted once is granted, as long as the generation is the present one", () => {
  const own = (at: number) => granted(at, { generation: presentPair.generation });
  const kindOf = (at: number, rotations: readonly number[]) =>
    decided({ installation: installation({ reservations: [own(at)], rotations }) }).code;

  test("a grant of the very moment in which it was seen to change counts", () => {
    expect(kindOf(ago(seconds(30)), [ago(seconds(30))])).toBe("MetricsApiserverStale");
  });

  test("one of before it came back does not: it is granted, and paid for, anew", () => {
    expect(kindOf(ago(seconds(30)) - 1, [ago(seconds(30))])).toBe("CoolDown");
  });
});

test("one target of two that was restarted is enough to stop the plan", () => {
  const metricsApiserver = { restartedFor: presentPair.generation, restartedAt: ago(minutes(4)) };
  expect(decided({ evidence: operatorStale({ adapterPods: [{}], metricsApiserver }) }).code).toBe("RestartUnderWay");
});

test("a restart for a stuck connection takes no day from another cause", () => {
  const reservations = [granted(ago(hours(2)), { cause: "GrpcStuckRestart" })];
  expect(decided({ installation: installation({ reservations }) }).kind).toBe("restart");
});
