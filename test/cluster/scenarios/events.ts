import { healedOnce, incident } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** Every event three times and in groups backwards; the function that patches dies right after its patch. */
export const killedAfterPatch: Scenario = {
  name: "13",
  title: "responder and restarter killed right after the patch; events three times and backwards: one rollout",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async (play) => {
    const { world, patched, crash, healthy, decided } = play;
    world.events.duplicate(3);
    world.events.reorder(4);
    await incident(play);
    await patched();
    await Promise.all([crash("restart"), crash("respond")]);
    await healthy();
    await decided("Recovered");
  },
  expect: healedOnce,
};

/** The sources are gone before anything happens. */
export const eventsLost: Scenario = {
  name: "13-lost",
  title: "every event lost: found by sweep",
  silent: true,
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async (play) => {
    play.world.events.lose(1_000_000);
    await incident(play);
    await play.healthy();
    await play.decided("Recovered");
  },
  expect: healedOnce,
};
