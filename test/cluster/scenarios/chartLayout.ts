import { healedOnce, incident } from "./incident.ts";
import { predictedAs, refusalInLog } from "./prediction.ts";
import type { Scenario } from "./scenario.ts";

/** The chart's CA and its leaf have the same name, and the CA gets a new key. */
export const chartCa: Scenario = {
  name: "2",
  title: "KEDA's chart layout, its own CA re-keyed: the predicted text is the logged one",
  keda: "2.13.1",
  metricsApiservers: 2,
  issuer: "chart",
  install: "helm",
  moves: async (play) => {
    const { world, decided, healthy } = play;
    await incident(play, "chartCaRekey");
    const real = await refusalInLog(world);
    await decided("MetricsApiserverStale");
    await healthy();
    await decided("Recovered");
    predictedAs(play, real, 'possibly because of "crypto/rsa: verification error"');
  },
  expect: healedOnce,
};

export const chartCaLast: Scenario = {
  ...chartCa,
  name: "2-2.17.1",
  title: "the same with the last KEDA that does not reload",
  keda: "2.17.1",
};
