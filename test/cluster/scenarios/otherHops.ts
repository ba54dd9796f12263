import { mintSelfSignedPair } from "../../../src/sandbox/pki/keda.ts";
import { mintKey } from "../../../src/sandbox/pki/key.ts";
import type { Scenario } from "./scenario.ts";

const DAY = 86_400_000;

const foreignCa = (): string =>
  mintSelfSignedPair({ key: mintKey("RSA"), notBefore: Date.now() - DAY, notAfter: Date.now() + DAY }).caCrt;

/** kube-apiserver's log has the incident's x509 words then, and hop B is fine. */
export const wrongCaBundle: Scenario = {
  name: "9",
  title: "hop A: the caBundle of another CA: refused with the hop named",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ holdCaBundle, decided, pause, note }) => {
    note("the APIService gets the bundle of another CA");
    await holdCaBundle(foreignCa());
    await decided("ApiServiceCaBundleStale");
    await pause(30_000);
  },
  expect: { decided: ["ApiServiceCaBundleStale"], healthy: false },
};

export const scalerDown: Scenario = {
  name: "10",
  title: "hop C: the scaler's source is down: refused, names ScaledObject and trigger",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ world, decided, pause, healthy }) => {
    await world.breakScaler();
    await decided("ScalerSourceFailing");
    await pause(20_000);
    await world.repairScaler();
    await healthy();
  },
  expect: { decided: ["ScalerSourceFailing"], healthy: true },
};

export const operatorAway: Scenario = {
  name: "11",
  title: "operator scaled to 0: the incident's HPA text, nothing to do with certificates",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ world, failing, decided, pause, healthy }) => {
    await world.scaleOperator(0);
    await decided("OperatorScaledToZero");
    await failing();
    await pause(20_000);
    await world.scaleOperator(1);
    await healthy();
  },
  expect: { decided: ["OperatorScaledToZero"], healthy: true },
};

export const crashLoop: Scenario = {
  name: "11-oom",
  title: "operator crash-looping by OOM with a matching Secret: refused",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ world, decided, pause, healthy }) => {
    for (let kill = 0; kill < 4; kill += 1) {
      await world.until("the operator to run", async () =>
        (await world.pods("operator")).some((pod) => JSON.stringify(pod.status).includes('"running":')),
      );
      await pause(1000);
      await world.oomKill("operator");
      await pause(500);
    }
    await decided("OperatorCrashLooping");
    await healthy(240_000);
  },
  expect: { decided: ["OperatorCrashLooping"], healthy: true },
};

export const networkCut: Scenario = {
  name: "12",
  title: ":9666 refused to the metrics-apiserver only: network, by the adapter's log",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async ({ world, failing, decided, pause, healthy }) => {
    await world.cutNetwork("hopB");
    await failing();
    await decided("HopBNetwork");
    await pause(20_000);
    await world.healNetwork();
    await healthy();
  },
  expect: { decided: ["HopBNetwork"], healthy: true },
};
