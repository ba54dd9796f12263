import { describe, expect, test } from "@jest/globals";
import { field } from "../../src/sandbox/apiserver/call.ts";
import { nextStep, type PodCount } from "../../src/sandbox/cluster/rollout.ts";
import { everyHpaSays, pass, play, UNAVAILABLE, untilEveryHpaSays, VALID } from "./fast.ts";

const quarter = { maxSurge: "25%", maxUnavailable: "25%" };
const pods = (text: string): PodCount[] =>
  text.split("").map((letter, i) => ({
    name: `${letter}${i}`,
    current: letter.toLowerCase() === "n",
    ready: letter === letter.toUpperCase(),
  }));

describe("a rolling update", () => {
  // O: old and ready, o: old and not ready, N: new and ready, n: new and not ready.
  test.each([
    { living: "O", replicas: 1, create: 1, end: [], rule: "one replica surges first" },
    { living: "On", replicas: 1, create: 0, end: [], rule: "the old Pod stays until the new one is ready" },
    { living: "ON", replicas: 1, create: 0, end: ["O0"], rule: "then it goes" },
    { living: "OOO", replicas: 3, create: 1, end: [], rule: "three replicas surge by one and lack none" },
    { living: "OOON", replicas: 3, create: 0, end: ["O0"], rule: "one new Pod frees one old" },
    { living: "oOO", replicas: 3, create: 1, end: ["o0"], rule: "an unready old Pod goes at once" },
    { living: "OOOO", replicas: 4, create: 1, end: ["O0"], rule: "four replicas may lack one" },
    { living: "NNN", replicas: 1, create: 0, end: ["N0", "N1"], rule: "scaling down ends Pods" },
    { living: "", replicas: 2, create: 2, end: [], rule: "the first rollout creates all" },
  ])("$rule", ({ living, replicas, create, end }) => {
    expect(nextStep(pods(living), { replicas, ...quarter })).toEqual({ create, end });
  });
});

describe("Deployments", () => {
  test("a rollout counts its Pods, raises the revision and is complete in the end", () =>
    play({ metricsApiservers: 3 }, async (world) => {
      await world.restartDeployment("metrics-apiserver");
      const deployment = async () =>
        (await world.deployments()).find(({ metadata }) => metadata.name === "keda-metrics-apiserver");
      await world.until("progress", async () => field((await deployment())?.status, "updatedReplicas") === 1);
      const seen = JSON.stringify((await deployment())?.status);
      expect(seen).toContain("is progressing.");
      await world.until("the end", async () =>
        JSON.stringify((await deployment())?.status).includes("NewReplicaSetAvailable"),
      );
      expect((await deployment())?.status).toMatchObject({
        observedGeneration: (await deployment())?.metadata.generation,
        replicas: 3,
        updatedReplicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
      });
    }));

  test("a paused Deployment takes a new template and rolls nothing until it is resumed", () =>
    play({}, async (world) => {
      await world.pauseRollout("operator");
      await world.restartDeployment("operator");
      await pass(world, 20_000);
      expect(await world.rollouts("operator")).toBe(0);
      expect(JSON.stringify(await world.deployments())).toContain("DeploymentPaused");
      await world.resumeRollout("operator");
      await world.until("a rollout", async () => (await world.rollouts("operator")) === 1);
    }));
});

describe("Pods", () => {
  test("an OOM kill restarts in place: same Pod, one more restart, lastState tells why", () =>
    play({}, async (world) => {
      const [before] = await world.pods("operator");
      await world.oomKill("operator");
      const status = async () => field((await world.pods("operator"))[0]?.status, "containerStatuses", "0");
      await world.until("a restart", async () => field(await status(), "restartCount") === 1);
      expect((await world.pods("operator"))[0]?.metadata.uid).toBe(before?.metadata.uid);
      expect(await status()).toMatchObject({
        restartCount: 1,
        state: { running: { startedAt: expect.any(String) } },
        lastState: {
          terminated: {
            exitCode: 137,
            reason: "OOMKilled",
            startedAt: expect.any(String),
            finishedAt: expect.any(String),
          },
        },
      });
      expect(await world.rollouts("operator")).toBe(0);
    }));

  test("a container restarted before the volume is refreshed starts on the old files, a new Pod on the new ones", () =>
    play({ timing: { propagationDelay: 600_000, caInjectionDelay: 600_000 } }, async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await world.oomKill("operator");
      await pass(world, 40_000);
      await untilEveryHpaSays(world, VALID);
      await world.restartDeployment("operator");
      await world.until("the mismatch", async () => {
        const texts = await Promise.all(
          (await world.pods("metrics-apiserver")).map((pod) => world.logs(pod.metadata.name)),
        );
        return texts.join().includes("x509");
      });
    }));

  test(
    "a volume is refreshed a delay after the write that it shows, not after an earlier one",
    () =>
      play({ timing: { propagationDelay: 400_000 } }, async (world) => {
        await world.rotateSecret("selfSignedRekey");
        await pass(world, 200_000);
        await world.rotateSecret("selfSignedRekey");
        // The first has arrived, and caBundle is the second's: hop A fails until :6443 shows that one, too.
        await pass(world, 320_000);
        expect(await everyHpaSays(world, UNAVAILABLE)).toBe(true);
        await untilEveryHpaSays(world, VALID);
      }),
    40_000,
  );

  test("with two operators only the leader listens; when it goes, the other takes over after the lease", () =>
    play({}, async (world) => {
      await world.scaleOperator(2);
      await world.until("two Pods", async () =>
        (await world.pods("operator")).every((pod) => JSON.stringify(pod.status).includes('"ready":true')),
      );
      const lease = () => world.objects.get("leases", { namespace: "keda", name: "operator.keda.sh" });
      const holder = String(field(lease()?.spec, "holderIdentity")).split("_")[0];
      expect((await world.pods("operator")).map((pod) => pod.metadata.name)).toContain(holder);
      await world.restartDeployment("operator");
      await world.until(
        "another leader",
        () => String(field(lease()?.spec, "holderIdentity")).split("_")[0] !== holder,
      );
      expect(field(lease()?.spec, "leaseTransitions")).toBe(1);
    }));
});

test("close leaves no socket, server, timer or file behind", async () => {
  const busy = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout|HTTP/.test(name)).length;
  const before = busy();
  await play({}, async (world) => {
    await world.kubeconfig("admin");
    await world.rotateSecret("selfSignedRekey");
    await world.oomKill("operator");
    await pass(world, 30_000);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(busy()).toBeLessThanOrEqual(before);
});
