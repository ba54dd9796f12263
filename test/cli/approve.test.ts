import { describe, expect, test } from "@jest/globals";
import { annotations } from "../../src/core/annotations.ts";
import { openIncident } from "../../src/core/evolve.ts";
import type { Incident } from "../../src/core/incident.ts";
import { incidentName } from "../../src/core/names.ts";
import { kubeClient } from "../../src/edge/kubernetes/client.ts";
import { kubeconfigAccess } from "../../src/edge/kubernetes/kubeconfig.ts";
import { approverRules, yamlNames } from "../../src/edge/kubernetes/rbac.ts";
import { kubernetesStore } from "../../src/edge/kubernetes/store.ts";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { play, untilSettled } from "../sandbox/fast.ts";
import type { Ended } from "./captured.ts";
import { breakHopB, diagnose, diagnoseUntil, runIn } from "./clusters.ts";

interface Printed {
  readonly installation: { readonly name: string; readonly generation: string };
  readonly diagnosis: { readonly code: string; readonly sentence: string };
  readonly decision: Pick<NonNullable<Incident["decision"]>, "kind" | "code" | "sentence"> & {
    readonly targets: readonly { readonly namespace: string; readonly name: string }[];
  };
}

/** An incident as respond would have judged it. */
async function record(world: InProcessWorld, { out }: Ended, more: Partial<Incident> = {}): Promise<string> {
  const { installation, diagnosis, decision } = JSON.parse(out) as Printed;
  const { name, generation } = installation;
  const { code, sentence } = diagnosis;
  const targets = decision.targets.map((target) => ({
    component: target.name === yamlNames.operator ? ("operator" as const) : ("metrics-apiserver" as const),
    ...target,
  }));
  const opened = openIncident({
    name: incidentName(name, generation),
    installation: name,
    generation,
    now: world.clock.now(),
    traceparent: undefined,
    foundBy: "event",
  });
  const incident: Incident = { ...opened, diagnosis: { code, sentence }, decision: { ...decision, targets }, ...more };
  const { path } = await world.kubeconfig("respond");
  const access = await kubeconfigAccess({ files: [path], clock: world.clock });
  const client = kubeClient(access, { clock: world.clock });
  const store = kubernetesStore({ client, namespace: "keda-medic" });
  const known = await store.loadIncident(incident.name);
  await store.saveIncident(incident, known?.version);
  client.close();
  return incident.name;
}

const json = ["--output", "json"];
const approve = async (world: InProcessWorld, incident: string): Promise<Ended> =>
  runIn(world, ["approve", incident, "--yes", "--kubeconfig", (await world.kubeconfig("admin")).path]);
const marks = async (world: InProcessWorld) =>
  (await world.deployments()).map(({ metadata }) => metadata.annotations?.[annotations.approved]);
const mark = /^[0-9a-f]{64} \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describe("incidents and approve", () => {
  test("an approval is written on the target's own metadata with the caller's rights, and restarts nothing", () =>
    play({}, async (world) => {
      await breakHopB(world);
      const incident = await record(world, await diagnoseUntil(world, 20, json));
      const { path } = await world.kubeconfig("admin");

      const listed = await runIn(world, ["incidents", "--kubeconfig", path]);
      expect(listed.code).toBe(0);
      expect(listed.out).toContain(incident);
      const asJson = await runIn(world, ["incidents", "--output", "json", "--kubeconfig", path]);
      expect(JSON.parse(asJson.out)).toMatchObject([{ incident, phase: "watching", foundBy: "event" }]);

      const ended = await approve(world, incident);
      expect(ended.code).toBe(0);
      expect(ended.out).toContain("Approved the restart of keda/keda-metrics-apiserver");
      expect(ended.out).toContain("valid for 60m, or for what the installation sets");
      expect(ended.err).toContain("Would restart keda/keda-metrics-apiserver");
      const [metricsApiserver, operator] = await marks(world);
      expect(metricsApiserver).toMatch(mark);
      expect(operator).toBeUndefined();
      expect(await world.rollouts("metrics-apiserver")).toBe(0);
    }));

  test("nothing is approved where no restart is proposed, without a question on no terminal, or without the right", () =>
    play({}, async (world) => {
      const incident = await record(world, await diagnose(world, json));
      const admin = (await world.kubeconfig("admin")).path;

      const refused = await approve(world, incident);
      expect([refused.code, refused.err]).toEqual([30, expect.stringContaining("no restart is proposed (Healthy)")]);
      const unknown = await approve(world, "nowhere.keda.000");
      expect([unknown.code, unknown.err]).toEqual([
        30,
        expect.stringContaining("There is no incident nowhere.keda.000"),
      ]);

      await breakHopB(world);
      const open = await record(world, await diagnoseUntil(world, 20, json));
      const unasked = await runIn(world, ["approve", open, "--kubeconfig", admin]);
      expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining("say --yes")]);
      const respond = (await world.kubeconfig("respond")).path;
      const forbidden = await runIn(world, ["approve", open, "--yes", "--kubeconfig", respond]);
      expect([forbidden.code, forbidden.err]).toEqual([3, expect.stringContaining("grant verb patch on deployments")]);
      expect(await marks(world)).toEqual([undefined, undefined]);
    }));
});

describe("approve, with nothing but an approver's rights,", () => {
  const rights = (readSecret: boolean) => ({ rules: { admin: [approverRules(yamlNames, readSecret)] } });

  test.each([
    ["KEDA makes its own certificates and the Secret may be read", { ...rights(true) }],
    ["cert-manager issues them and no Secret may be read", { ...rights(false), certManager: true }],
  ])("approves where %s", (_where, options) =>
    play(options, async (world) => {
      await breakHopB(world);
      const ended = await approve(world, await record(world, await diagnoseUntil(world, 20, json)));
      expect([ended.code, ended.out]).toEqual([
        0,
        expect.stringContaining("Approved the restart of keda/keda-metrics"),
      ]);
      expect(await marks(world)).toEqual([expect.stringMatching(mark), undefined]);
    }),
  );

  test("says that the certificates could not be seen where that is so, not that they are others", () =>
    play(rights(false), async (world) => {
      await breakHopB(world);
      const ended = await approve(world, await record(world, await diagnoseUntil(world, 20, json)));
      expect(ended.code).toBe(3);
      expect(ended.err).toContain("the present certificates could not be seen. MaterialUnseen: ");
      expect(ended.err).toMatch(/get.*secrets/);
      expect(ended.err).not.toContain("another generation");
      expect(await marks(world)).toEqual([undefined, undefined]);
    }));

  test("approves what the installation's policy proposes, whatever this shell's own would", () =>
    play(rights(true), async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await untilSettled(world);
      process.env["KEDA_MEDIC_RESTART_ON_LATENT"] = "true";
      const looked = await diagnoseUntil(world, 10, json).finally(() => {
        delete process.env["KEDA_MEDIC_RESTART_ON_LATENT"];
      });
      const ended = await approve(world, await record(world, looked));
      expect([ended.code, ended.err]).toEqual([0, expect.stringContaining("Would restart keda/keda-operator, then")]);
      expect(await marks(world)).toEqual([expect.stringMatching(mark), expect.stringMatching(mark)]);
    }));

  test("approves nothing that the installation does not propose now, although this look would", () =>
    play(rights(true), async (world) => {
      await breakHopB(world);
      const looked = await diagnoseUntil(world, 20, json);
      const { decision, installation } = JSON.parse(looked.out) as Printed;
      const spent = {
        ...decision,
        kind: "refuse",
        code: "BudgetSpent",
        sentence: "Three within an hour.",
        targets: [],
      } as const;
      const other = { ...decision, code: "BothStale", targets: [] };
      const cases: readonly [Partial<Incident>, string][] = [
        [{ decision: spent }, "no restart is proposed (BudgetSpent). Three within an hour."],
        [{ decision: other }, "found MetricsApiserverStale, where the incident proposes a restart for BothStale"],
        [{ phase: "closed" }, "is over (closed): nothing to approve"],
        [
          { name: `${installation.name}.ffffffffffff`, generation: "f".repeat(64) },
          "about another generation of certificates",
        ],
      ];
      for (const [more, said] of cases) {
        const ended = await approve(world, await record(world, looked, more));
        expect([ended.code, ended.err]).toEqual([30, expect.stringContaining(said)]);
      }
      const incident = await record(world, looked);
      const { path } = await world.kubeconfig("admin");
      expect((await runIn(world, ["pause", "--kubeconfig", path])).code).toBe(0);
      expect((await approve(world, incident)).err).toContain("is paused by a person: keda-medic resume comes first");
      expect(await marks(world)).toEqual([undefined, undefined]);
    }));
});
