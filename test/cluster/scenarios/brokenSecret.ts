import type { Rotation } from "../../../src/sandbox/world.ts";
import type { Play, Scenario } from "./scenario.ts";

/** What is wrong with the Secret, and the code that says so. */
const kinds: readonly (readonly [Rotation, string])[] = [
  ["keyOfAnother", "SecretKeyMismatch"],
  ["leafNotSignedByCa", "SecretLeafNotSignedByCa"],
  ["sanMissing", "SecretNameMismatch"],
  ["expired", "SecretLeafExpired"],
];

/** The operator comes back by kubelet's own retries, new; the metrics-apiserver still holds the first pair. */
async function repaired({ world, decisions, healthy, decided }: Play, goesOnWithin: number): Promise<void> {
  const before = decisions.length;
  await world.repairSecret();
  await world.until(
    "keda-medic to go on by itself",
    () => decisions.slice(before).some(({ code }) => code === "MetricsApiserverStale"),
    goesOnWithin,
  );
  await healthy(240_000);
  await decided("Recovered");
}

/** Each is refused by its own name; what runs goes on from memory, and nothing is restarted. */
async function moves(play: Play): Promise<void> {
  const { world, decided, broken, pause } = play;
  for (const [kind, code] of kinds) {
    await world.rotateSecret(kind);
    await decided(code);
  }
  await world.rotateSecret("keyOfAnother");
  await pause(15_000);
  await world.oomKill("operator");
  await world.until("the operator to crash-loop", async () =>
    (await world.pods("operator")).some((pod) => JSON.stringify(pod.status).includes("CrashLoopBackOff")),
  );
  await broken();
  await pause(30_000);
  await repaired(play, 240_000);
}

export const brokenSecret: Scenario = {
  name: "7",
  title: "a Secret that cannot work: refused each time by its own code; goes on by itself when repaired",
  keda: "2.13.1",
  metricsApiservers: 1,
  // The storm brake would take six Secrets within minutes for two writers that fight, and rightly so.
  settings: { KEDA_MEDIC_STORM_GENERATIONS: "20" },
  moves,
  expect: {
    rollouts: { "metrics-apiserver": 1 },
    decided: [...kinds.map(([, code]) => code), "MetricsApiserverStale", "Recovered"],
    healthy: true,
    phase: "recovered",
  },
};

/**
 * The issuer goes wrong, and keda-medic reads CertificateRequests only. A key that somebody writes by hand it cannot see:
 * the operator that cannot start with it tells.
 */
async function issuerGoesWrong(play: Play): Promise<void> {
  const { world, decided, broken } = play;
  for (const [kind, code] of kinds.filter(([name]) => name !== "keyOfAnother")) {
    await world.rotateSecret(kind);
    await decided(code);
  }
  await world.repairSecret();
  await decided("LatentMismatch");
  await world.rotateSecret("keyOfAnother");
  await play.pause(15_000);
  await world.oomKill("operator");
  await broken();
  await decided("OperatorCrashLooping");
  await play.pause(15_000);
  await repaired(play, 300_000);
}

export const brokenWithoutSecret: Scenario = {
  ...brokenSecret,
  name: "7-no-secret",
  title: "the same by a broken issuer, with cert-manager's CertificateRequests and without any right on Secrets",
  withoutSecret: true,
  moves: issuerGoesWrong,
  expect: {
    ...brokenSecret.expect,
    decided: [
      ...kinds.filter(([kind]) => kind !== "keyOfAnother").map(([, code]) => code),
      "OperatorCrashLooping",
      "MetricsApiserverStale",
      "Recovered",
    ],
  },
};
