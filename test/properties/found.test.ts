import { expect, test } from "@jest/globals";
import type { Case, Step } from "./case.ts";
import { brokenBy, play } from "./run.ts";

const plain: Case = {
  install: {
    version: "2.13.1",
    reloadBroken: false,
    subPath: false,
    replicas: { operator: 1, "metrics-apiserver": 1 },
    issuer: "ca",
    certManager: false,
  },
  readSecret: true,
  skew: { all: 0, apart: [0, 0, 0] },
  policy: {
    mode: "act",
    restartOnLatent: true,
    restartOnStuckConnection: false,
    endStalePodsEarly: false,
    window: false,
  },
  prelude: [],
  steps: [],
  repaired: true,
  signals: ["hpa", "hpa"],
};

const wait = (seconds: number): Step => ({ do: "wait", time: seconds * 1000 });
const sweep: Step = { do: "sweep", host: "a", killAfter: 0, slow: 0 };
const deliver: Step = { do: "deliver", how: "all", host: "a", killAfter: 0, slow: 0 };
const tick: Step = { do: "tick", time: 120_000 };
const rekey: Step = { do: "rotate", how: "rekey" };

/** Histories that once broke an invariant, as small as they get. */
const found: readonly (readonly [string, Case])[] = [
  [
    "a generation that comes back is new to the guards at the very look that sees it, not one look later",
    {
      ...plain,
      prelude: [
        ...[sweep, { do: "rotate", how: "shortLeaf" } as const, wait(310)],
        ...[{ do: "roll", component: "operator" } as const, wait(200)],
        ...[{ do: "rotate", how: "leaf" } as const, wait(3700), wait(3700)],
      ],
      steps: [
        { do: "together", actors: ["sweep", "sweep"], order: [0, 0, 0, 0, 0, 0], between: undefined },
        { do: "break", how: "leafOfOther" },
        ...[tick, { do: "deny", what: "secret", on: true } as const],
      ],
    },
  ],
  [
    "the second step leaves a paused Deployment alone",
    {
      ...plain,
      install: { ...plain.install, issuer: "self", subPath: true },
      prelude: [rekey, wait(310), { do: "kill", component: "operator" }, wait(130), sweep, deliver],
      steps: [
        ...[{ do: "pause", component: "metrics-apiserver", on: true } as const, tick],
        { do: "weather", what: "storeDown", on: true },
      ],
    },
  ],
  [
    "a metrics-apiserver that is older than an expired generation is not said to hold it",
    {
      ...plain,
      steps: [
        { do: "rotate", how: "shortLeaf" },
        { do: "together", actors: ["sweep", "sweep"], order: [0, 0, 0, 0, 0, 0], between: undefined },
        ...[{ do: "rotate", how: "renewCa" } as const, wait(1)],
      ],
    },
  ],
  [
    "a request that an OOM kill has made moot does not stand in the way of the restart that is due now",
    {
      ...plain,
      install: { ...plain.install, issuer: "self" },
      prelude: [sweep, rekey, wait(400), sweep],
      steps: [wait(1000), { do: "kill", component: "operator" }, tick],
    },
  ],
  [
    "a wait reserves nothing for a generation that came back",
    {
      ...plain,
      install: { ...plain.install, issuer: "self" },
      prelude: [sweep, rekey, wait(400), sweep],
      steps: [
        ...[{ do: "break", how: "leafOfOther" } as const, deliver, wait(1)],
        { do: "deliver", how: "all", host: "a", killAfter: 1, slow: 0 },
        { do: "kill", component: "operator" },
      ],
    },
  ],
  [
    "a restart is on record beside its incident: neither a generation that comes back nor a lost incident repeats it",
    {
      ...plain,
      install: { ...plain.install, issuer: "self" },
      policy: { ...plain.policy, restartOnLatent: false },
      prelude: [
        ...[sweep, rekey, wait(310), { do: "kill", component: "operator" } as const, wait(130)],
        ...[{ do: "tick", time: 300_000 } as const, sweep, rekey, wait(310)],
        ...[{ do: "kill", component: "operator" } as const, wait(130), { do: "tick", time: 300_000 } as const],
        ...[{ do: "rotate", how: "rollBack" } as const, wait(1000), { do: "kill", component: "operator" } as const],
        wait(130),
      ],
      steps: [{ do: "forgetIncidents" }, { do: "weather", what: "storeDown", on: true }],
    },
  ],
];

test.each(found)("%s", async (_, made) => {
  expect(brokenBy(await play(made))).toEqual([]);
});
