import { contract } from "../contract/contract.ts";
import { brokenSecret } from "./brokenSecret.ts";
import { eventsLost, killedAfterPatch } from "./events.ts";
import { hotReload, reloadImpossible } from "./hotReload.ts";
import { apiServerDown, installedLate, paused, twoHosts } from "./interrupted.ts";
import { operatorStale, operatorStaleWithoutSecret } from "./operatorStale.ts";
import { crashLoop, networkCut, operatorAway, scalerDown, wrongCaBundle } from "./otherHops.ts";
import { chartCa, latent, latentRestarted, mixed, safe } from "./otherRotations.ts";
import type { Scenario } from "./scenario.ts";
import { seedEarly, seedThree, seedTwo, seedWithoutSecret } from "./seed.ts";

export const scenarios: readonly Scenario[] = [
  contract,
  seedTwo,
  seedThree,
  seedEarly,
  seedWithoutSecret,
  chartCa,
  operatorStale,
  operatorStaleWithoutSecret,
  mixed,
  safe,
  latent,
  latentRestarted,
  brokenSecret,
  hotReload,
  reloadImpossible,
  wrongCaBundle,
  scalerDown,
  operatorAway,
  crashLoop,
  networkCut,
  killedAfterPatch,
  eventsLost,
  paused,
  twoHosts,
  apiServerDown,
  installedLate,
];

/** What `.ci/run` plays. */
export const inCi: readonly string[] = ["ctrl-c", "contract", "1", "3", "7", "8", "13"];
