import { X509Certificate } from "node:crypto";
import type { World } from "../../../src/sandbox/world.ts";
import { adminOf } from "./admin.ts";
import type { Play, Scenario } from "./scenario.ts";

/** Until when the leaf in the Secret is good. */
async function goodUntil(world: World): Promise<number> {
  const { namespace, secret } = world.names;
  const { data } = await (await adminOf(world)).get(`/api/v1/namespaces/${namespace}/secrets/${secret}`);
  return Date.parse(new X509Certificate(Buffer.from(data["tls.crt"], "base64")).validTo);
}

/** Until then nobody has been restarted by us; a connection that is open then goes on, the next one is refused. */
async function expire({ world, decisions, pause, healthy, decided, failing, note }: Play, until: number) {
  const isOver = (): boolean => world.clock.now() > until;
  note("until the first leaf has expired");
  await world.until("the first leaf to expire", isOver, 300_000);
  const early = decisions.find(({ kind }) => kind === "restart");
  if (early !== undefined) throw new Error(`decided to restart while it worked: ${early.code}`);
  await healthy();
  await decided("LatentMismatch");
  await world.cutNetwork("hopB");
  await pause(2000);
  await world.healNetwork();
  await failing();
  await decided("ExpiredInMemory");
  await healthy(240_000);
  await decided("Recovered");
}

const base = {
  keda: "2.13.1",
  metricsApiservers: 1,
  issuer: "chart",
  firstLeafFor: 180_000,
} as const;

const ending = {
  patches: 1,
  decided: ["SafeRotation", "LatentMismatch", "ExpiredInMemory", "Recovered"],
  never: ["MetricsApiserverStale", "OperatorStale", "BothStale"],
  healthy: true,
  phase: "recovered",
} as const;

export const operatorHoldsExpired: Scenario = {
  ...base,
  name: "5b",
  title: "a safe rotation, and the operator still holds the old leaf when it expires: only the operator restarted",
  moves: async (play) => {
    const { world, pause, healthy, decided } = play;
    const until = await goodUntil(world);
    await world.rotateSecret("leafOnly");
    await pause(6000);
    await world.restartDeployment("metrics-apiserver");
    await pause(6000);
    await healthy();
    await decided("SafeRotation");
    await expire(play, until);
  },
  // One rollout of the metrics-apiserver is the play's own.
  expect: { ...ending, rollouts: { operator: 1, "metrics-apiserver": 1 } },
};

export const metricsApiserverHoldsExpired: Scenario = {
  ...base,
  name: "5b-client",
  title: "the same with the metrics-apiserver as the holder, refused by the operator: only it is restarted",
  moves: async (play) => {
    const { world, pause, healthy, decided } = play;
    const until = await goodUntil(world);
    await world.rotateSecret("leafOnly");
    await pause(10_000);
    await world.oomKill("operator");
    await pause(20_000);
    await healthy();
    await decided("SafeRotation");
    await expire(play, until);
  },
  expect: { ...ending, rollouts: { "metrics-apiserver": 1 } },
};
