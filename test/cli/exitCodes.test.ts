import { describe, expect, test } from "@jest/globals";
import type { RoleRules } from "../../src/sandbox/accounts.ts";
import type { StoredObject } from "../../src/sandbox/apiserver/objects.ts";
import { play, untilSettled } from "../sandbox/fast.ts";
import { run } from "./captured.ts";
import { diagnose, diagnoseUntil } from "./clusters.ts";
import { problemsOf } from "./schema.ts";

interface Printed {
  readonly diagnosis: { readonly code: string; readonly logged?: string; readonly predicted?: string };
  readonly decision: { readonly kind: string; readonly code: string; readonly targets: readonly unknown[] };
  readonly notSeen: readonly string[];
}

/** JSON that the published schema knows, to the last property. */
function printed(out: string): Printed {
  const diagnosis: unknown = JSON.parse(out);
  expect(problemsOf(diagnosis)).toEqual([]);
  return diagnosis as Printed;
}

const json = ["--output", "json"];

/** Everything but the logs. */
const blindToLogs: RoleRules = {
  cluster: [
    {
      apiGroups: ["*"],
      verbs: ["get", "list"],
      resources: [
        "apiservices",
        "horizontalpodautoscalers",
        "scaledobjects",
        "services",
        "deployments",
        "pods",
        "leases",
        "secrets",
      ],
    },
  ],
};

describe("diagnose ends with", () => {
  test(
    "0 on a healthy KEDA, 10 on a latent mismatch, 20 when a restart helps, 50 when what decides cannot be seen",
    () =>
      play({ rules: { sweep: [blindToLogs] } }, async (world) => {
        const healthy = await diagnoseUntil(world, 0, json);
        expect([healthy.code, healthy.err]).toEqual([0, ""]);
        expect(printed(healthy.out)).toMatchObject({ diagnosis: { code: "Healthy" }, decision: { kind: "none" } });

        await world.rotateSecret("selfSignedRekey");
        await untilSettled(world);
        const latent = await diagnoseUntil(world, 10, json);
        expect(latent.code).toBe(10);
        expect(printed(latent.out)).toMatchObject({
          diagnosis: { code: "LatentMismatch" },
          decision: { kind: "none" },
        });

        await world.oomKill("operator");
        const broken = await diagnoseUntil(world, 20, json);
        expect(broken.code).toBe(20);
        expect(printed(broken.out)).toMatchObject({
          diagnosis: {
            code: "MetricsApiserverStale",
            logged: expect.stringContaining("parent certificate cannot sign this kind of certificate"),
          },
          decision: { kind: "restart", targets: [{ namespace: "keda", name: "keda-metrics-apiserver" }] },
        });

        const blind = await diagnoseUntil(world, 50, json, "sweep");
        expect(blind.code).toBe(50);
        expect(printed(blind.out)).toMatchObject({ diagnosis: { code: "LogsUnseen" }, decision: { kind: "escalate" } });
        expect(printed(blind.out).notSeen.join("\n")).toMatch(/get.*pods\/log/);
      }),
    60_000,
  );

  test("30 when a restart cannot help", () =>
    play({}, async (world) => {
      await world.rotateSecret("keyOfAnother");
      const { code, out } = await diagnoseUntil(world, 30, json);
      expect(code).toBe(30);
      expect(printed(out)).toMatchObject({
        diagnosis: { code: "SecretKeyMismatch" },
        decision: { kind: "refuse", targets: [] },
      });
    }));

  test("40 while something is in progress", () =>
    play({ certManager: true }, async (world) => {
      for (const { metadata } of world.objects.list("certificates"))
        world.objects.update("certificates", metadata, withIssuing);
      const { code, out } = await diagnoseUntil(world, 40, json);
      expect(code).toBe(40);
      expect(printed(out)).toMatchObject({ diagnosis: { code: "CertificateIssuing" }, decision: { kind: "wait" } });
    }));

  test("2 on wrong usage, before anything is contacted", async () => {
    const { code, out, err } = await run(["diagnose", "--output", "yaml", "--kubeconfig", "/nowhere"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toBe('keda-medic: --output takes text or json, not "yaml".\n');
  });

  test("3 when the cluster could not be looked at", () =>
    play({}, async (world) => {
      const { code, out } = await diagnose(world, json, "nobody");
      expect(code).toBe(3);
      expect(printed(out)).toMatchObject({ diagnosis: { code: "CouldNotLook" }, decision: { kind: "wait" } });
    }));
});

const withIssuing = (certificate: StoredObject): StoredObject => {
  const { conditions = [] } = (certificate.status ?? {}) as { conditions?: readonly object[] };
  const issuing = { type: "Issuing", status: "True", reason: "Renewing", message: "Renewing certificate" };
  return { ...certificate, status: { ...(certificate.status as object), conditions: [...conditions, issuing] } };
};
