import fc from "fast-check";
import type { Component } from "../../src/core/evidence.ts";
import { minutes, seconds } from "../../src/core/instant.ts";
import { modes, type Policy } from "../../src/core/policy.ts";
import type { HostName } from "./hosts.ts";
import type { Variant } from "./ledger.ts";
import { type Breakage, breakages } from "./model/pairs.ts";
import type { Install, Weather } from "./model/state.ts";

export type Rotation = "rekey" | "leaf" | "renewCa" | "shortLeaf" | "bundle" | "rollBack" | "repair";
export type Toggle = Exclude<keyof Weather, "denied" | "apiDown">;
export type Denied = "secret" | "pods" | "logs" | "hpas" | "lease" | "probe" | "restart" | "certificateRequests";
export type Delivery = "all" | "lose" | "twice" | "backwards" | "keep";
export type What = "hpa" | "secret" | "pod" | "foreign" | "forgedReport" | "key";
export type Actor = "sweep" | "event" | "deliver";

/** One thing that happens, as data, so that a history can be shrunk and printed. */
export type Step =
  | { readonly do: "wait"; readonly time: number }
  | { readonly do: "rotate"; readonly how: Rotation }
  | { readonly do: "break"; readonly how: Breakage }
  | { readonly do: "kill" | "roll" | "neverReady" | "applyAnew" | "recreate"; readonly component: Component }
  | { readonly do: "pause" | "handsOff"; readonly component: Component; readonly on: boolean }
  | { readonly do: "scale"; readonly component: Component; readonly up: boolean }
  | { readonly do: "weather"; readonly what: Toggle; readonly on: boolean }
  | { readonly do: "deny"; readonly what: Denied; readonly on: boolean }
  | { readonly do: "apiDown"; readonly time: number }
  | {
      readonly do: "event";
      readonly what: What;
      readonly host: HostName;
      readonly repeat: boolean;
      readonly killAfter: number;
    }
  | { readonly do: "sweep"; readonly host: HostName; readonly killAfter: number; readonly slow: number }
  | {
      readonly do: "deliver";
      readonly how: Delivery;
      readonly host: HostName;
      readonly killAfter: number;
      readonly slow: number;
    }
  | { readonly do: "tick"; readonly time: number }
  | { readonly do: "forge"; readonly component: Component; readonly host: HostName; readonly end: boolean }
  | { readonly do: "approve"; readonly variant: Variant }
  | { readonly do: "forget" | "forgetIncidents" | "restartAll" }
  | { readonly do: "mode"; readonly mode: Policy["mode"] }
  | {
      readonly do: "together";
      readonly actors: readonly Actor[];
      readonly order: readonly number[];
      readonly between: Component | undefined;
    };

export interface Case {
  readonly install: Install;
  readonly readSecret: boolean;
  readonly skew: { readonly all: number; readonly apart: readonly [number, number, number] };
  readonly policy: Pick<Policy, "mode" | "restartOnLatent" | "restartOnStuckConnection" | "endStalePodsEarly"> & {
    readonly window: boolean;
  };
  readonly prelude: readonly Step[];
  readonly steps: readonly Step[];
  readonly repaired: boolean;
  readonly signals: readonly What[];
}

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const component = oneOf<Component>("operator", "metrics-apiserver");
const host = oneOf<HostName>("a", "a", "b");
/** 0: nobody dies. */
const killAfter = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
);
const time = oneOf(...[1, 5, 12, 30, 61, 95, 160, 310, 620, 1000, 3700].map(seconds));
const what = oneOf<What>("hpa", "hpa", "secret", "pod", "foreign", "forgedReport", "key");
const does = <const T extends Step["do"]>(...names: readonly T[]) => oneOf(...names);

/** Virtual milliseconds of every look-up: 3 s is an answer too late, 9 s a look too old. */
const slow = oneOf(0, 0, 0, 0, 0, 700, 3000, 9000);

type Kinds = readonly (readonly [number, fc.Arbitrary<Step>])[];
const kinds: Kinds = [
  [7, fc.record({ do: fc.constant("wait" as const), time })],
  [
    5,
    fc.record({
      do: fc.constant("rotate" as const),
      how: oneOf<Rotation>(
        "rekey",
        "rekey",
        "rekey",
        "leaf",
        "renewCa",
        "shortLeaf",
        "bundle",
        "rollBack",
        "repair",
        "repair",
      ),
    }),
  ],
  [2, fc.record({ do: fc.constant("break" as const), how: oneOf(...breakages) })],
  [
    5,
    fc.record({ do: does("kill", "kill", "kill", "roll", "roll", "neverReady", "applyAnew", "recreate"), component }),
  ],
  [2, fc.record({ do: does("pause", "handsOff"), component, on: oneOf(true, false) })],
  [1, fc.record({ do: fc.constant("scale" as const), component, up: oneOf(true, false) })],
  [
    3,
    fc.record({
      do: fc.constant("weather" as const),
      what: oneOf<Toggle>(
        "storeDown",
        "sinkDown",
        "network",
        "hopA",
        "scaler",
        "stuck",
        "hpasStay",
        "issuing",
        "patchAnswerLost",
      ),
      on: oneOf(true, false),
    }),
  ],
  [
    2,
    fc.record({
      do: fc.constant("deny" as const),
      what: oneOf<Denied>("secret", "pods", "logs", "hpas", "lease", "probe", "restart", "certificateRequests"),
      on: oneOf(true, false),
    }),
  ],
  [1, fc.record({ do: fc.constant("apiDown" as const), time })],
  [6, fc.record({ do: fc.constant("event" as const), what, host, repeat: fc.boolean(), killAfter })],
  [6, fc.record({ do: fc.constant("sweep" as const), host, killAfter, slow })],
  [
    7,
    fc.record({
      do: fc.constant("deliver" as const),
      how: oneOf<Delivery>("all", "all", "lose", "twice", "backwards", "keep"),
      host,
      killAfter,
      slow,
    }),
  ],
  [5, fc.record({ do: fc.constant("tick" as const), time: oneOf(minutes(2), minutes(5), minutes(15)) })],
  [2, fc.record({ do: fc.constant("forge" as const), component, host, end: oneOf(false, false, true) })],
  [
    3,
    fc.record({
      do: fc.constant("approve" as const),
      variant: oneOf<Variant>("good", "good", "good", "otherHash", "old", "early", "half"),
    }),
  ],
  [1, fc.record({ do: does("forget", "forgetIncidents", "restartAll", "restartAll") })],
  [1, fc.record({ do: fc.constant("mode" as const), mode: oneOf(...modes) })],
  [
    3,
    fc.record({
      do: fc.constant("together" as const),
      actors: fc.array(oneOf<Actor>("sweep", "event", "deliver"), { minLength: 2, maxLength: 4 }),
      order: fc.array(fc.nat(5), { minLength: 6, maxLength: 12 }),
      between: oneOf<Component | undefined>(undefined, undefined, undefined, "operator", "metrics-apiserver"),
    }),
  ],
];
const step: fc.Arbitrary<Step> = fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const wait = (n: number): Step => ({ do: "wait", time: seconds(n) });
const rekey: Step = { do: "rotate", how: "rekey" };
const roll = (of: Component): Step => ({ do: "roll", component: of });
const kill = (of: Component): Step => ({ do: "kill", component: of });
const sweep: Step = { do: "sweep", host: "a", killAfter: 0, slow: 0 };
const seen: readonly Step[] = [sweep, { do: "deliver", how: "all", host: "a", killAfter: 0, slow: 0 }];

const dies = (after: number): readonly Step[] => [
  sweep,
  { do: "deliver", how: "keep", host: "a", killAfter: 0, slow: 0 },
  { do: "deliver", how: "twice", host: "a", killAfter: after, slow: 0 },
];

const endForged: Step = { do: "forge", component: "metrics-apiserver", host: "a", end: true };
const cured: readonly Step[] = [
  ...[sweep, rekey, wait(310), kill("operator"), wait(130)],
  { do: "tick", time: minutes(5) },
];

const failing: readonly Step[] = [sweep, rekey, wait(310), kill("operator"), wait(130)];
const approve = (variant: Variant): Step => ({ do: "approve", variant });
const once: readonly Step[] = [rekey, wait(160), sweep];

/** Situations that random steps alone would seldom make. */
const preludes: readonly (readonly Step[])[] = [
  [],
  [sweep, rekey, wait(400), kill("operator"), wait(130)],
  [rekey, wait(310), kill("operator"), wait(130), ...seen],
  [sweep, rekey, wait(310), roll("metrics-apiserver"), wait(130)],
  [
    sweep,
    rekey,
    wait(310),
    roll("metrics-apiserver"),
    wait(200),
    rekey,
    wait(310),
    kill("metrics-apiserver"),
    wait(130),
  ],
  [
    sweep,
    rekey,
    wait(310),
    roll("metrics-apiserver"),
    wait(200),
    sweep,
    rekey,
    wait(310),
    kill("metrics-apiserver"),
    wait(130),
    ...seen,
  ],
  [sweep, rekey, wait(400), sweep],
  [sweep, rekey, wait(310), kill("operator"), wait(130), ...seen, wait(12), endForged],
  // Two generations cured, then the first of them comes back.
  [...cured, ...cured, { do: "rotate", how: "rollBack" }, wait(1000), kill("operator"), wait(130)],
  [sweep, rekey, wait(310), roll("metrics-apiserver"), wait(130), ...dies(1)],
  [sweep, rekey, wait(310), kill("operator"), wait(130), ...dies(2)],
  [
    sweep,
    { do: "rotate", how: "shortLeaf" },
    wait(310),
    roll("operator"),
    wait(200),
    { do: "rotate", how: "leaf" },
    wait(3700),
    wait(3700),
  ],
  [sweep, { do: "weather", what: "stuck", on: true }, wait(500)],
  [...failing, { do: "pause", component: "metrics-apiserver", on: true }, ...seen],
  [...failing, { do: "handsOff", component: "metrics-apiserver", on: true }, ...seen],
  [...failing, sweep, approve("old"), ...seen, wait(12), approve("good"), wait(12), ...seen],
  [sweep, ...once, ...once, ...once, ...once, roll("metrics-apiserver"), wait(130), ...seen],
  [...failing, { do: "weather", what: "hpasStay", on: true }, { do: "tick", time: minutes(15) }],
];

const minute = minutes(1);
const skew = fc.record({
  all: fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.integer({ min: -10, max: 10 }).map((n) => n * minute) },
  ),
  apart: oneOf<readonly [number, number, number]>(
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, seconds(40), -seconds(3)],
    [-5 * minute, 5 * minute, 0],
    [10 * minute, -10 * minute, 10 * minute],
  ),
});

export const cases: fc.Arbitrary<Case> = fc.record({
  install: fc.record({
    version: oneOf<Install["version"]>("2.13.1", "2.13.1", "2.17.1", "2.17.2", "2.18.0"),
    reloadBroken: fc.boolean(),
    subPath: oneOf(false, false, false, true),
    replicas: fc.record({ operator: oneOf(1, 1, 2), "metrics-apiserver": oneOf(1, 2) }),
    issuer: oneOf<Install["issuer"]>("self", "ca"),
    certManager: fc.boolean(),
  }),
  readSecret: oneOf(true, true, true, false),
  skew,
  policy: fc.record({
    mode: oneOf<Policy["mode"]>("act", "act", "act", "act", "approve", "approve", "observe"),
    restartOnLatent: oneOf(false, false, true),
    restartOnStuckConnection: fc.boolean(),
    endStalePodsEarly: fc.boolean(),
    window: oneOf(false, false, false, false, true),
  }),
  prelude: oneOf(...preludes),
  steps: fc.array(step, { minLength: 1, maxLength: 16 }),
  repaired: oneOf(true, true, false),
  signals: fc.array(what, { minLength: 2, maxLength: 4 }),
});
