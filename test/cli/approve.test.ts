import { describe, expect, test } from "@jest/globals";
import { annotations } from "../../src/core/annotations.ts";
import { openIncident } from "../../src/core/evolve.ts";
import { incidentName } from "../../src/core/names.ts";
import { kubeClient } from "../../src/edge/kubernetes/client.ts";
import { kubeconfigAccess } from "../../src/edge/kubernetes/kubeconfig.ts";
import { kubernetesStore } from "../../src/edge/kubernetes/store.ts";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { play } from "../sandbox/fast.ts";
import { breakHopB, diagnose, diagnoseUntil, runIn } from "./clusters.ts";

interface Installed {
  readonly installation: { readonly name: string; readonly generation: string };
}

/** An incident as respond would have opened it. */
async function record(world: InProcessWorld, { name, generation }: Installed["installation"]): Promise<string> {
  const { path } = await world.kubeconfig("admin");
  const access = await kubeconfigAccess({ files: [path], clock: world.clock });
  const client = kubeClient(access, { clock: world.clock });
  const incident = openIncident({
    name: incidentName(name, generation),
    installation: name,
    generation,
    now: world.clock.now(),
    traceparent: undefined,
    foundBy: "event",
  });
  await kubernetesStore({ client, namespace: "keda-medic" }).saveIncident(incident, undefined);
  client.close();
  return incident.name;
}

const printed = (out: string): Installed => JSON.parse(out) as Installed;
const marks = async (world: InProcessWorld) =>
  (await world.deployments()).map(({ metadata }) => metadata.annotations?.[annotations.approved]);

describe("incidents and approve", () => {
  test("an approval is written on the target's own metadata with the caller's rights, and restarts nothing", () =>
    play({}, async (world) => {
      await breakHopB(world);
      const { out } = await diagnoseUntil(world, 20, ["--output", "json"]);
      const incident = await record(world, printed(out).installation);
      const { path } = await world.kubeconfig("admin");

      const listed = await runIn(world, ["incidents", "--kubeconfig", path]);
      expect(listed.code).toBe(0);
      expect(listed.out).toContain(incident);
      const asJson = await runIn(world, ["incidents", "--output", "json", "--kubeconfig", path]);
      expect(JSON.parse(asJson.out)).toMatchObject([{ incident, phase: "watching", foundBy: "event" }]);

      const ended = await runIn(world, ["approve", incident, "--yes", "--kubeconfig", path]);
      expect(ended.code).toBe(0);
      expect(ended.out).toContain("Approved the restart of keda/keda-metrics-apiserver");
      expect(ended.err).toContain("Would restart keda/keda-metrics-apiserver");
      const [metricsApiserver, operator] = await marks(world);
      expect(metricsApiserver).toMatch(/^[0-9a-f]{64} \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(operator).toBeUndefined();
      expect(await world.rollouts("metrics-apiserver")).toBe(0);
    }));

  test("nothing is approved where no restart is proposed, without a question on no terminal, or without the right", () =>
    play({}, async (world) => {
      const healthy = await diagnose(world, ["--output", "json"]);
      const incident = await record(world, printed(healthy.out).installation);
      const admin = (await world.kubeconfig("admin")).path;

      const refused = await runIn(world, ["approve", incident, "--yes", "--kubeconfig", admin]);
      expect([refused.code, refused.err]).toEqual([30, expect.stringContaining("no restart is proposed (Healthy)")]);
      const unknown = await runIn(world, ["approve", "nowhere.keda.000", "--yes", "--kubeconfig", admin]);
      expect([unknown.code, unknown.err]).toEqual([
        30,
        expect.stringContaining("There is no incident nowhere.keda.000"),
      ]);

      await breakHopB(world);
      const broken = await diagnoseUntil(world, 20, ["--output", "json"]);
      const open = await record(world, printed(broken.out).installation);
      const unasked = await runIn(world, ["approve", open, "--kubeconfig", admin]);
      expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining("say --yes")]);
      const respond = (await world.kubeconfig("respond")).path;
      const forbidden = await runIn(world, ["approve", open, "--yes", "--kubeconfig", respond]);
      expect([forbidden.code, forbidden.err]).toEqual([3, expect.stringContaining("grant verb patch on deployments")]);
      expect(await marks(world)).toEqual([undefined, undefined]);
    }));
});
