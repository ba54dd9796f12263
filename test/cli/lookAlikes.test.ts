import { describe, expect, test } from "@jest/globals";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import type { WorldOptions } from "../../src/sandbox/worldOptions.ts";
import { pass, play, UNAVAILABLE, untilEveryHpaSays, untilSettled } from "../sandbox/fast.ts";
import { diagnose, diagnoseUntil, TIMEOUT } from "./clusters.ts";

const restartBoth = async (world: InProcessWorld) => {
  await world.restartDeployment("operator");
  await world.restartDeployment("metrics-apiserver");
};

interface LookAlike {
  readonly options: WorldOptions;
  readonly act: (world: InProcessWorld) => Promise<void>;
  readonly exit: number;
  readonly codes: readonly string[];
}

const lookAlikes: Readonly<Record<string, LookAlike>> = {
  "a new leaf under the same CA": {
    options: { issuer: "chart" },
    act: async (world) => {
      await world.rotateSecret("leafOnly");
      await untilSettled(world);
      await world.oomKill("operator");
      await pass(world, 100_000);
    },
    exit: 0,
    codes: ["Healthy", "SafeRotation"],
  },
  "a CA renewed with its key": {
    options: { issuer: "chart" },
    act: async (world) => {
      await world.rotateSecret("caSameKey");
      await untilSettled(world);
      await world.oomKill("operator");
      await pass(world, 100_000);
    },
    exit: 0,
    codes: ["Healthy", "SafeRotation"],
  },
  "a key of another certificate": {
    options: {},
    act: async (world) => {
      await world.rotateSecret("keyOfAnother");
      await pass(world, 30_000);
      await world.oomKill("operator");
    },
    exit: 30,
    codes: ["SecretKeyMismatch"],
  },
  "a leaf that the Secret's own CA did not sign": {
    options: { issuer: "chart" },
    act: async (world) => {
      await world.rotateSecret("leafNotSignedByCa");
      await pass(world, 30_000);
      await restartBoth(world);
    },
    exit: 30,
    codes: ["SecretLeafNotSignedByCa"],
  },
  "a leaf without the dialled name": {
    options: { issuer: "chart" },
    act: async (world) => {
      await world.rotateSecret("sanMissing");
      await untilSettled(world);
      await world.oomKill("operator");
      await untilEveryHpaSays(world, TIMEOUT);
    },
    exit: 30,
    codes: ["SecretNameMismatch"],
  },
  "an expired leaf": {
    options: {},
    act: async (world) => {
      await world.rotateSecret("expired");
      await pass(world, 30_000);
    },
    exit: 30,
    codes: ["SecretLeafExpired"],
  },
  "a scaler's source that is down": {
    options: {},
    act: async (world) => {
      await world.breakScaler();
      await untilEveryHpaSays(world, "error when getting metric values");
    },
    exit: 30,
    codes: ["ScalerSourceFailing"],
  },
  "an operator scaled to zero": {
    options: {},
    act: async (world) => {
      await world.scaleOperator(0);
      await untilEveryHpaSays(world, TIMEOUT);
    },
    exit: 30,
    codes: ["OperatorScaledToZero"],
  },
  "a cut network between the two": {
    options: {},
    act: async (world) => {
      await world.cutNetwork("hopB");
      await untilEveryHpaSays(world, TIMEOUT);
    },
    exit: 30,
    codes: ["HopBNetwork"],
  },
  "a cut network between kube-apiserver and metrics-apiserver": {
    options: {},
    act: async (world) => {
      await world.cutNetwork("hopA");
      await untilEveryHpaSays(world, UNAVAILABLE);
      await pass(world, 150_000);
    },
    exit: 30,
    codes: ["HopAFailing", "ApiServiceUnavailable"],
  },
};

describe("never a restart for", () => {
  test.each(Object.entries(lookAlikes))("%s", (_, { options, act, exit, codes }) =>
    play(options, async (world) => {
      await act(world);
      const { out } = await diagnoseUntil(world, exit, ["--output", "json"]);
      const { diagnosis, decision } = JSON.parse(out);
      expect([codes, decision.kind]).toEqual([
        expect.arrayContaining([diagnosis.code]),
        exit === 0 ? "none" : "refuse",
      ]);
      expect(decision.targets).toEqual([]);
      // Nor a moment later.
      await pass(world, 60_000);
      expect((await diagnose(world, ["--output", "json"])).code).not.toBe(20);
    }),
  );
});
