import { contract } from "../contract/contract.ts";
import { brokenSecret, brokenWithoutSecret } from "./brokenSecret.ts";
import { broker, brokerWithTokens } from "./broker.ts";
import { chartCa, chartCaLast } from "./chartLayout.ts";
import { eventsLost, killedAfterPatch } from "./events.ts";
import { metricsApiserverHoldsExpired, operatorHoldsExpired } from "./expired.ts";
import { apiServiceDown, settling } from "./hopA.ts";
import { hotReload, reloadImpossible } from "./hotReload.ts";
import { apiServerDown, installedLate, paused, twoHosts } from "./interrupted.ts";
import { operatorStale, operatorStaleWithoutSecret } from "./operatorStale.ts";
import { helmUndoes, helmUpgrade, recreated, rolloutRunning } from "./otherHands.ts";
import { crashLoop, networkCut, operatorAway, scalerDown, wrongCaBundle } from "./otherHops.ts";
import { latent, latentRestarted, mixed, safe } from "./otherRotations.ts";
import type { Scenario } from "./scenario.ts";
import { seedEarly, seedThree, seedTwo, seedWithoutSecret } from "./seed.ts";
import { stranger, twoRotations } from "./stranger.ts";
import { probeRefused } from "./unprobed.ts";

export const scenarios: readonly Scenario[] = [
  contract,
  broker,
  brokerWithTokens,
  seedTwo,
  seedThree,
  seedEarly,
  seedWithoutSecret,
  chartCa,
  chartCaLast,
  operatorStale,
  operatorStaleWithoutSecret,
  mixed,
  safe,
  operatorHoldsExpired,
  metricsApiserverHoldsExpired,
  latent,
  latentRestarted,
  brokenSecret,
  brokenWithoutSecret,
  hotReload,
  reloadImpossible,
  wrongCaBundle,
  apiServiceDown,
  settling,
  scalerDown,
  operatorAway,
  crashLoop,
  networkCut,
  probeRefused,
  killedAfterPatch,
  eventsLost,
  paused,
  rolloutRunning,
  recreated,
  helmUpgrade,
  helmUndoes,
  twoHosts,
  apiServerDown,
  installedLate,
  stranger,
  twoRotations,
];

/** What `.ci/run` plays. */
export const inCi: readonly string[] = [
  ...["ctrl-c", "contract", "broker"],
  ...["1", "3", "7", "8", "13"],
  ...["1@lambda", "7@lambda", "8@lambda", "13@lambda"],
];

/** Of these the two hosts' decisions are compared there. 7 is a chain of waits, whose number depends on the machine. */
export const comparedInCi: readonly string[] = ["1", "8", "13"];
