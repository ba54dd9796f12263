import { setTimeout as sleep } from "node:timers/promises";
import {
  eventRules,
  readerRules,
  secretRules,
  storeReadRules,
  storeRules,
  writerRules,
  yamlNames,
} from "../../../src/edge/kubernetes/rbac.ts";
import { createWorld } from "../../../src/sandbox/inProcessWorld.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { cases, incident } from "./cases.ts";
import { answersOf, compare, describe, type Expire } from "./compare.ts";
import { tunnels } from "./tunnel.ts";

const looking = [readerRules(yamlNames), secretRules(yamlNames)];
/** What infra/kubernetes/rbac.yaml grants, for the stand-in. */
const rules = {
  respond: [...looking, storeRules, eventRules],
  restart: [...looking, storeReadRules, writerRules(yamlNames)],
};

const calls = cases.length + tunnels.length;

/** Longer than two compactions of the API server. */
const expiresWithin = 150_000;

/** Waits until the API server has forgotten the revision: it answers young tokens from its own snapshots. */
const forgotten: Expire = async (admin, token) => {
  const path = `/api/v1/namespaces/keda/pods?limit=1&continue=${encodeURIComponent(token)}`;
  const end = performance.now() + expiresWithin;
  while (performance.now() < end) {
    if ((await admin.request({ method: "GET", path })).status === 410) break;
    await sleep(2000);
  }
  return token;
};

/** The sandbox's API server against the real one, call by call: where they differ, the stand-in is wrong. */
export const contract: Scenario = {
  name: "contract",
  title: `the sandbox's API server answers as the real one: ${calls} calls`,
  keda: "2.13.1",
  metricsApiservers: 2,
  moves: async ({ world, note }) => {
    const sandbox = await createWorld({ rules, metricsApiservers: 2 });
    try {
      const real = await answersOf(world, forgotten);
      const standIn = await answersOf(sandbox, async (admin, token) => {
        sandbox.expireContinueTokens();
        // Tokens of the next change are good again.
        await admin.create("/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents", incident("earlier"));
        return token;
      });
      const differences = compare(real, standIn);
      for (const difference of differences) note(`    ${describe(difference)}`);
      if (differences.length > 0) throw new Error(`${differences.length} of ${calls} calls differ`);
    } finally {
      await sandbox.close();
    }
  },
  expect: { healthy: true },
};
