import { describe, expect, test } from "@jest/globals";
import { annotations } from "../../src/core/annotations.ts";
import { approverRules, yamlNames } from "../../src/edge/kubernetes/rbac.ts";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { play } from "../sandbox/fast.ts";
import { run } from "./captured.ts";
import { breakHopB, diagnoseUntil, runIn } from "./clusters.ts";

const marks = async (world: InProcessWorld) =>
  (await world.deployments()).map(({ metadata }) => metadata.annotations?.[annotations.paused]);

describe("pause and resume", () => {
  test("stop every restart at once and let it happen again, with nothing but an approver's rights, and roll nothing", () =>
    play({ rules: { admin: [approverRules(yamlNames, true)] } }, async (world) => {
      await breakHopB(world);
      await diagnoseUntil(world, 20);
      const { path } = await world.kubeconfig("admin");
      const paused = await runIn(world, ["pause", "--reason", "release night", "--kubeconfig", path]);
      expect([paused.code, paused.err]).toEqual([0, ""]);
      expect(await marks(world)).toEqual(["release night", "release night"]);

      const { out, code } = await diagnoseUntil(world, 20);
      expect(code).toBe(20);
      expect(out).toContain("Would refuse to restart anything (PausedByAnnotation)");
      expect(out).toContain("Paused by a person: keda-medic restarts none of these");
      expect(out).toContain("keda-metrics-apiserver: release night");

      const resumed = await runIn(world, ["resume", "--kubeconfig", path]);
      expect(resumed.code).toBe(0);
      expect(await marks(world)).toEqual([undefined, undefined]);
      expect((await diagnoseUntil(world, 20)).out).toContain("Would restart keda/keda-metrics-apiserver");
      expect([await world.rollouts("operator"), await world.rollouts("metrics-apiserver")]).toEqual([0, 0]);
    }));

  test("are done again on a Deployment that changes between look and write, and give up on one that never rests", () =>
    play({}, async (world) => {
      const { path } = await world.kubeconfig("admin");
      let changes = 1;
      let count = 0;
      world.apiServer.beforeAnswer = ({ info }) => {
        if (info.resource !== "deployments" || info.verb !== "list" || changes <= 0) return "send";
        changes -= 1;
        count += 1;
        const { namespace, operator } = world.names;
        const known = world.objects.get("deployments", { namespace, name: operator });
        if (known === undefined) throw new Error("no operator");
        const touched = { ...known.metadata.annotations, "example.com/touched": String(count) };
        world.objects.put("deployments", { ...known, metadata: { ...known.metadata, annotations: touched } });
        return "send";
      };
      const paused = await runIn(world, ["pause", "--kubeconfig", path]);
      expect([paused.code, paused.err]).toEqual([0, ""]);
      expect((await marks(world)).every((mark) => mark !== undefined)).toBe(true);

      changes = Number.POSITIVE_INFINITY;
      const restless = await runIn(world, ["resume", "--kubeconfig", path]);
      expect([restless.code, restless.err]).toEqual([3, expect.stringContaining("a Deployment changes all the time")]);
      expect(restless.err).toContain("changed so far: keda/keda-metrics-apiserver");
    }));

  test("say which right is missing, and where there is no KEDA that nothing was changed", () =>
    play({}, async (world) => {
      const respond = (await world.kubeconfig("respond")).path;
      const forbidden = await runIn(world, ["pause", "--kubeconfig", respond]);
      expect([forbidden.code, forbidden.err]).toEqual([3, expect.stringContaining("grant verb patch on deployments")]);
      const nobody = (await world.kubeconfig("nobody")).path;
      const blind = await runIn(world, ["resume", "--kubeconfig", nobody]);
      expect([blind.code, blind.err]).toEqual([3, expect.stringContaining("Nothing was changed")]);
      expect(await marks(world)).toEqual([undefined, undefined]);
    }));

  test.each(["", "false", "x".repeat(501)])(
    "a reason that says nothing, or too much, is wrong usage (%#)",
    async (reason) => {
      expect(await run(["pause", "--reason", reason])).toMatchObject({ code: 2 });
    },
  );
});
