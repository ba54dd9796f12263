import { describe, expect, jest, test } from "@jest/globals";
import { type Hosted, host } from "../../src/host.ts";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import type { WorldOptions } from "../../src/sandbox/worldOptions.ts";
import { configOf } from "../builders/config.ts";
import { rightsOf } from "../builders/rights.ts";
import { object } from "../edge/kubernetes/standIn.ts";
import { outage, play, untilEveryHpaSays, VALID } from "../sandbox/fast.ts";

jest.setTimeout(60_000);

/** The rights that an installation gives, no more: `sweep` stands for the second replica. */
const rules = {
  respond: [rightsOf("watch")],
  sweep: [rightsOf("watch")],
  restart: [rightsOf("restart")],
};
const installed: WorldOptions = { rules, speed: 30 };

const common = {
  KEDA_MEDIC_CLUSTER: "test",
  KEDA_MEDIC_MODE: "act",
  HOST: "127.0.0.1",
  PORT: "0",
  LOG_LEVEL: "info",
};

interface Running {
  readonly replicas: readonly Hosted[];
  readonly said: string[];
}

/** Processes of an installation without an event source, by the world's clock. */
async function installedIn(world: InProcessWorld, replicas: number, run: (running: Running) => Promise<void>) {
  world.objects.put("leases", object("keda-medic", "keda-medic", {}));
  const said: string[] = [];
  const write = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => said.push(String(chunk)) > 0);
  const clock = jest.spyOn(Date, "now").mockImplementation(() => world.clock.now());
  const hosted: Hosted[] = [];
  try {
    const kubeconfig = async (role: "respond" | "sweep" | "restart") => (await world.kubeconfig(role)).path;
    const restart = await host(configOf({ ...common, POD_NAME: "restart" }), "restart", {
      ownTimer: true,
      kubeconfig: await kubeconfig("restart"),
    });
    hosted.push(restart);
    for (const role of (["respond", "sweep"] as const).slice(0, replicas)) {
      const env = { ...common, KEDA_MEDIC_SINK: `http://127.0.0.1:${restart.port}`, POD_NAME: role };
      hosted.push(await host(configOf(env), "watch", { ownTimer: true, kubeconfig: await kubeconfig(role) }));
    }
    await run({ replicas: hosted.slice(1), said });
  } finally {
    await Promise.all(hosted.map((process) => process.close()));
    clock.mockRestore();
    write.mockRestore();
  }
}

const patches = (world: InProcessWorld) =>
  world.apiServer.journal.writes().filter(({ method, path }) => method === "PATCH" && path.includes("/deployments/"));
const refused = (world: InProcessWorld) =>
  world.apiServer.journal.entries.filter(({ status, user }) => status === 403 && user?.includes("keda-medic"));
const leaders = (said: readonly string[]) =>
  said.filter((line) => line.includes("leading: this process watches")).length;

describe("run --role watch, with the rights of an installation and no event source", () => {
  test("two replicas: one watches and sweeps, the incident is healed by one restart, and people are told beside the Deployment", () =>
    play(installed, async (world) => {
      await installedIn(world, 2, async ({ said }) => {
        await world.until("a leader", () => leaders(said) === 1 && world.apiServer.watches.open > 0);
        await outage(world);
        await world.until("the restart", () => patches(world).length > 0, 20_000);
        await untilEveryHpaSays(world, VALID);
        const about = { kind: "Deployment", name: world.names.metricsApiserver };
        const events = () => world.objects.list("events", world.names.namespace);
        await world.until("the Event", () =>
          events().some((event) => event["reportingController"] === "kedamedic.dev/keda-medic"),
        );
        expect(events()).toContainEqual(
          expect.objectContaining({ action: "Restart", type: "Warning", regarding: expect.objectContaining(about) }),
        );
        expect(patches(world).filter(({ status }) => status === 200)).toHaveLength(1);
        expect(await world.rollouts("metrics-apiserver")).toBe(1);
        expect(leaders(said)).toBe(1);
        // No right is missing, and none but the ones of rulesFor was given.
        expect(refused(world)).toEqual([]);
      });
    }));

  test("the other replica takes over when the leader ends, without waiting for the Lease's end", () =>
    play(installed, async (world) => {
      await installedIn(world, 2, async ({ replicas, said }) => {
        await world.until("a leader", () => leaders(said) === 1 && world.apiServer.watches.open > 0);
        const lease = () => world.objects.get("leases", { namespace: "keda-medic", name: "keda-medic" })?.spec;
        const holder = String((lease() as { holderIdentity?: string } | undefined)?.holderIdentity);
        await replicas[holder.startsWith("respond") ? 0 : 1]?.close();
        await world.until("the next leader", () => leaders(said) === 2 && world.apiServer.watches.open === 4, 12_000);
      });
    }));

  test("a CRD of before the status subresource is said, and nothing is ever restarted", () =>
    play({ ...installed, medicCrds: "old" }, async (world) => {
      await installedIn(world, 1, async ({ said }) => {
        await outage(world);
        await world.until("the sentence", () => said.join("").includes("older than this keda-medic"), 10_000);
        expect(patches(world)).toEqual([]);
      });
    }));

  test("a missing CRD is said at the start, with what to do", () =>
    play({ ...installed, medicCrds: false }, async (world) => {
      await installedIn(world, 1, async ({ said }) => {
        expect(said.join("")).toContain("apply keda-medic's CustomResourceDefinitions");
        await outage(world);
        expect(patches(world)).toEqual([]);
      });
    }));

  test("an Incident that is edited into nonsense or deleted after the restart never leads to a second one", () =>
    play(installed, async (world) => {
      await installedIn(world, 1, async ({ said }) => {
        await outage(world);
        await world.until("the restart", () => patches(world).length > 0, 20_000);
        const [incident] = world.objects.list("incidents");
        if (incident === undefined) throw new Error("no incident");
        world.objects.put("incidents", { ...incident, status: { phase: "lost", plan: "none" } });
        await world.until("the sentence", () => said.join("").includes("edited into nonsense"), 20_000);
        for (const { metadata } of world.objects.list("incidents"))
          world.objects.remove("incidents", { namespace: "keda-medic", name: metadata.name });
        await untilEveryHpaSays(world, VALID);
        await world.clock.sleep(120_000);
        expect(patches(world).filter(({ status }) => status === 200)).toHaveLength(1);
        expect(await world.rollouts("metrics-apiserver")).toBe(1);
      });
    }));
});
