import { incident } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The incident, and a NetworkPolicy that lets nobody but the metrics-apiserver to the operator. */
export const probeRefused: Scenario = {
  name: "12-probe",
  title: ":9666 refused to us only: the likely side is named, nothing is restarted",
  keda: "2.13.1",
  metricsApiservers: 1,
  probeRefused: true,
  moves: async (play) => {
    await incident(play);
    await play.decided("ProbeUnreachable", 240_000);
    await play.pause(60_000);
  },
  expect: { decided: ["ProbeUnreachable"], never: ["MetricsApiserverStale"], healthy: false, phase: "escalated" },
};
