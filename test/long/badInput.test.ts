import { describe, expect, jest, test } from "@jest/globals";
import { incidents } from "../../src/edge/kubernetes/documents.ts";
import type { Grants, Rule } from "../../src/edge/kubernetes/rbac.ts";
import { type Hosted, host } from "../../src/host.ts";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { configOf } from "../builders/config.ts";
import { rightsOf } from "../builders/rights.ts";
import { smallIncident } from "../contracts/store.contract.ts";
import { object } from "../edge/kubernetes/standIn.ts";
import { outage, play, untilEveryHpaSays, VALID } from "../sandbox/fast.ts";

jest.setTimeout(240_000);

const common = {
  KEDA_MEDIC_CLUSTER: "test",
  KEDA_MEDIC_MODE: "act",
  HOST: "127.0.0.1",
  PORT: "0",
  LOG_LEVEL: "info",
};

interface Release {
  /** Namespace of this installation. */
  readonly own?: string;
  readonly account?: "admin" | "respond";
  readonly environment?: Readonly<Record<string, string>>;
}

interface Played {
  readonly said: () => string;
  readonly stop: (release: number) => Promise<void>;
}

/** watch and restart of each release, by the world's clock. */
async function installed(world: InProcessWorld, releases: readonly Release[], run: (played: Played) => Promise<void>) {
  const lines: string[] = [];
  const write = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  const clock = jest.spyOn(Date, "now").mockImplementation(() => world.clock.now());
  const hosted: Hosted[][] = [];
  try {
    const { path: admin } = await world.kubeconfig("admin");
    for (const { own = "keda-medic", account = "admin", environment = {} } of releases) {
      world.objects.put("leases", object(own, "keda-medic", {}));
      const env = { ...common, KEDA_MEDIC_NAMESPACE: own, ...environment };
      const restart = await host(configOf({ ...env, POD_NAME: `restart-${own}` }), "restart", {
        ownTimer: true,
        kubeconfig: admin,
      });
      const kubeconfig = account === "admin" ? admin : (await world.kubeconfig(account)).path;
      const sink = { KEDA_MEDIC_SINK: `http://127.0.0.1:${restart.port}`, POD_NAME: `watch-${own}` };
      hosted.push([restart, await host(configOf({ ...env, ...sink }), "watch", { ownTimer: true, kubeconfig })]);
    }
    const stop = async (release: number): Promise<void> => {
      for (const process of hosted[release]?.splice(0) ?? []) await process.close();
    };
    await run({ said: () => lines.join(""), stop });
  } finally {
    await Promise.all(hosted.flat().map((process) => process.close()));
    clock.mockRestore();
    write.mockRestore();
  }
}

const patches = (world: InProcessWorld) =>
  world.apiServer.journal
    .writes()
    .filter(({ method, path, status }) => method === "PATCH" && path.includes("/deployments/") && status === 200);

async function oneRestart(world: InProcessWorld): Promise<void> {
  await world.until("the restart", () => patches(world).length > 0, 60_000);
  await untilEveryHpaSays(world, VALID);
  await world.clock.sleep(120_000);
  expect(patches(world)).toHaveLength(1);
  expect([await world.rollouts("operator"), await world.rollouts("metrics-apiserver")]).toEqual([0, 1]);
}

describe("what people and clusters do to an installation", () => {
  test("two releases that watch one KEDA restart it once, and the second one says that it was done", () =>
    play({ speed: 30 }, (world) =>
      installed(world, [{}, { own: "elsewhere" }], async ({ said }) => {
        await outage(world);
        await oneRestart(world);
        expect(said()).toMatch(/RestartUnderWay|AlreadyRestarted/);
      }),
    ));

  test("with KEDA in another namespace than the configured one it says where it is, and restarts nothing", () =>
    play({ speed: 30 }, (world) =>
      installed(world, [{ environment: { KEDA_MEDIC_KEDA_NAMESPACE: "scaling" } }], async ({ said }) => {
        await outage(world);
        await world.until("the sentence", () => said().includes("Ask about namespace keda"), 10_000);
        expect(said()).toContain("OtherNamespace");
        expect(patches(world)).toEqual([]);
      }),
    ));

  /** The rights of an installation without those on one resource. */
  const without = (resource: string): Grants =>
    Object.fromEntries(
      Object.entries(rightsOf("watch")).map(([scope, rules]) => [
        scope,
        (rules as readonly Rule[]).filter(({ resources }) => !resources.includes(resource)),
      ]),
    );

  test.each([
    ["installations", "grant verb get on installations"],
    ["pods", "pods"],
    ["horizontalpodautoscalers", "horizontalpodautoscalers"],
  ])("an account without rights on %s says so, and restarts nothing", (resource, words) =>
    play({ speed: 30, rules: { respond: [without(resource)] } }, (world) =>
      installed(world, [{ account: "respond" }], async ({ said }) => {
        await outage(world);
        await world.until("the sentence", () => said().includes(words), 20_000);
        await world.clock.sleep(60_000);
        expect(patches(world)).toEqual([]);
      }),
    ),
  );

  test.each([
    [
      "edited into nonsense",
      (world: InProcessWorld) => {
        for (const incident of world.objects.list("incidents"))
          world.objects.put("incidents", { ...incident, status: { phase: "lost", plan: "none" } });
      },
    ],
    [
      "deleted",
      (world: InProcessWorld) => {
        for (const { metadata } of world.objects.list("incidents"))
          world.objects.remove("incidents", { namespace: "keda-medic", name: metadata.name });
      },
    ],
  ])("Incidents that are %s again and again, before and after the restart, lead to one restart", (_what, harm) =>
    play({ speed: 30 }, (world) =>
      installed(world, [{}], async () => {
        await outage(world);
        const harming = setInterval(() => harm(world), 150);
        try {
          await oneRestart(world);
        } finally {
          clearInterval(harming);
        }
      }),
    ),
  );

  test("10,000 Incidents of others and of long ago do not keep it from healing", () =>
    play({ speed: 30 }, (world) =>
      installed(world, [{}], async () => {
        for (let i = 0; i < 10_000; i += 1) {
          const name = `test.keda.${i}`;
          const closed = smallIncident(name, { phase: "closed", updatedAt: world.clock.now() - i * 1000 });
          world.objects.put("incidents", object("keda-medic", name, incidents.encode(closed)));
        }
        await outage(world);
        await oneRestart(world);
        const phases = () => world.objects.list("incidents").map(({ status }) => (status as { phase: string }).phase);
        await world.until("the end of it", () => phases().includes("recovered"), 90_000);
      }),
    ));
});
