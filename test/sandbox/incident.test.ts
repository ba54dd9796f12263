import { describe, expect, test } from "@jest/globals";
import { fastTiming } from "../../src/sandbox/cluster/timing.ts";
import { scalingActive } from "../../src/sandbox/picture.ts";
import {
  adapterLogs,
  everyHpaSays,
  pass,
  play,
  TIMEOUT,
  UNAVAILABLE,
  untilEveryHpaSays,
  untilSettled,
  VALID,
} from "./fast.ts";

const HINT_OF_A_LEAF =
  'transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of \\"x509: invalid signature: parent certificate cannot sign this kind of certificate\\" while trying to verify candidate authority certificate \\"keda-operator\\")';
const HINT_OF_A_CA =
  'x509: certificate signed by unknown authority (possibly because of \\"crypto/rsa: verification error\\" while trying to verify candidate authority certificate \\"keda-operator\\")';

describe("the incident", () => {
  test("an old pair keeps working after a breaking rotation; the operator's OOM kill breaks it; restarting the metrics-apiserver heals it", () =>
    play({}, async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await untilSettled(world);
      expect(await adapterLogs(world)).not.toContain("x509");

      await world.oomKill("operator");
      await untilEveryHpaSays(world, TIMEOUT);
      expect(await adapterLogs(world)).toContain(HINT_OF_A_LEAF);
      for (const object of await world.scaledObjects())
        expect(JSON.stringify(object.status)).toContain("ScaledObjectReady");

      await world.restartDeployment("metrics-apiserver");
      await untilEveryHpaSays(world, VALID);
      expect(await world.rollouts("metrics-apiserver")).toBe(1);
      expect(await adapterLogs(world)).toContain("has been successfully established");
    }));

  test("the same on a clock that does not run fast, with short times", () =>
    play({ speed: 1, timing: fastTiming }, async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await pass(world, 500);
      await untilEveryHpaSays(world, VALID);
      await world.oomKill("operator");
      await untilEveryHpaSays(world, TIMEOUT);
      await world.restartDeployment("metrics-apiserver");
      await untilEveryHpaSays(world, VALID);
    }));

  test("only the Pod that kube-apiserver talks to logs the failure", () =>
    play({ metricsApiservers: 3 }, async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await untilSettled(world);
      await world.oomKill("operator");
      await untilEveryHpaSays(world, TIMEOUT);
      const pods = await world.pods("metrics-apiserver");
      const logs = await Promise.all(pods.map((pod) => world.logs(pod.metadata.name)));
      expect(logs.filter((log) => log.includes("x509"))).toHaveLength(1);
    }));

  test("a metrics-apiserver restarted first makes the operator the stale side, with the same text; restarting the operator heals it", () =>
    play({}, async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await untilSettled(world);
      await world.restartDeployment("metrics-apiserver");
      await untilEveryHpaSays(world, TIMEOUT);
      expect(await adapterLogs(world)).toContain(HINT_OF_A_LEAF);

      await world.restartDeployment("operator");
      await untilEveryHpaSays(world, VALID);
    }));

  test("a re-keyed chart CA breaks with the other hint", () =>
    play({ issuer: "chart", install: "helm", certManager: true }, async (world) => {
      await world.rotateSecret("chartCaRekey");
      await untilSettled(world);
      await world.oomKill("operator");
      await untilEveryHpaSays(world, TIMEOUT);
      expect(await adapterLogs(world)).toContain(HINT_OF_A_CA);
    }));

  test("a stale metrics-apiserver lives until its grace period ends", () =>
    play({}, async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await untilSettled(world);
      await world.oomKill("operator");
      await untilEveryHpaSays(world, TIMEOUT);
      const before = world.clock.now();
      await world.restartDeployment("metrics-apiserver");
      await untilEveryHpaSays(world, VALID);
      expect(world.clock.now() - before).toBeGreaterThan(30_000);
    }));

  test("KEDA 2.20.2 reloads and stays healthy", () =>
    play({ kedaVersion: "2.20.2" }, async (world) => {
      await world.rotateSecret("selfSignedRekey");
      await untilSettled(world);
      await world.oomKill("operator");
      await pass(world, 40_000);
      await untilEveryHpaSays(world, VALID);
      expect(await adapterLogs(world)).not.toContain("x509");
    }));
});

describe("look-alikes", () => {
  test.each(["leafOnly", "caSameKey"] as const)("%s needs no restart", (kind) =>
    play({ issuer: "chart" }, async (world) => {
      await world.rotateSecret(kind);
      await untilSettled(world);
      await world.oomKill("operator");
      await pass(world, 40_000);
      await untilEveryHpaSays(world, VALID);
      expect(await adapterLogs(world)).not.toContain("x509");
    }),
  );

  test("a key of another certificate ends in a crash loop of the restarted operator", () =>
    play({}, async (world) => {
      await world.rotateSecret("keyOfAnother");
      await pass(world, 30_000);
      await world.oomKill("operator");
      await world.until("CrashLoopBackOff", async () =>
        JSON.stringify(await world.pods("operator")).includes('"CrashLoopBackOff"'),
      );
      const [pod] = await world.pods("operator");
      expect(await world.logs(pod?.metadata.name ?? "")).toContain("tls: private key does not match public key");
    }));

  test("no restart helps against a leaf that the Secret's CA did not sign", () =>
    play({ issuer: "chart" }, async (world) => {
      await world.rotateSecret("leafNotSignedByCa");
      await pass(world, 30_000);
      await world.restartDeployment("operator");
      await world.restartDeployment("metrics-apiserver");
      await world.until("the hint", async () => (await adapterLogs(world)).includes(HINT_OF_A_CA));
      expect(await everyHpaSays(world, VALID)).toBe(false);
    }));

  test("an expired leaf fails on hop A first, and on hop B with Go's words", () =>
    play({}, async (world) => {
      await world.rotateSecret("expired");
      await untilEveryHpaSays(world, UNAVAILABLE);
      await pass(world, 30_000);
      await world.restartDeployment("operator");
      await world.restartDeployment("metrics-apiserver");
      const text = "x509: certificate has expired or is not yet valid: current time";
      await world.until("the date's text", async () => (await adapterLogs(world)).includes(text));
    }));

  test("a name that is missing in the certificate is refused with Go's words", () =>
    play({ issuer: "chart" }, async (world) => {
      await world.rotateSecret("sanMissing");
      await untilSettled(world);
      await world.oomKill("operator");
      const text = "not keda-operator.keda.svc.cluster.local";
      await world.until("the name's text", async () => (await adapterLogs(world)).includes(text));
    }));

  test("a client certificate that expired in memory is refused by the operator", () =>
    play({ issuer: "chart" }, async (world) => {
      world.clock.skip(360 * 86_400_000);
      await world.rotateSecret("leafOnly");
      await untilSettled(world);
      world.clock.skip(10 * 86_400_000);
      await world.oomKill("operator");
      const text = 'desc = "error reading server preface: remote error: tls: expired certificate"';
      await world.until("the alert", async () => (await adapterLogs(world)).includes(text));
      await untilEveryHpaSays(world, TIMEOUT);
    }));

  test("a broken source shows at once, on the ScaledObject too, and proves that hop B works", () =>
    play({}, async (world) => {
      await world.breakScaler();
      await untilEveryHpaSays(
        world,
        "rpc error: code = Unknown desc = error when getting metric values no matching metrics found for s0-metric-api-value",
      );
      await world.until("TriggerError", async () =>
        (await world.scaledObjects()).every((object) => JSON.stringify(object.status).includes("TriggerError")),
      );
      await world.repairScaler();
      await untilEveryHpaSays(world, VALID);
    }));

  test("without an operator the HPAs say the same as in the incident, the log says connection refused", () =>
    play({}, async (world) => {
      await world.scaleOperator(0);
      await untilEveryHpaSays(world, TIMEOUT);
      expect(await adapterLogs(world)).toMatch(
        /transport: Error while dialing: dial tcp [0-9.]+:9666: connect: connection refused/,
      );
      await world.scaleOperator(1);
      await untilEveryHpaSays(world, VALID);
    }));

  test("a cut hop B times out, a cut hop A is a 503", () =>
    play({}, async (world) => {
      await world.cutNetwork("hopB");
      await untilEveryHpaSays(world, TIMEOUT);
      await world.until("i/o timeout", async () => (await adapterLogs(world)).includes(":9666: i/o timeout"));
      await world.healNetwork();
      await untilEveryHpaSays(world, VALID);
      await world.cutNetwork("hopA");
      await untilEveryHpaSays(world, UNAVAILABLE);
      await world.healNetwork();
      await untilEveryHpaSays(world, VALID);
    }));

  test("repairing an unusable Secret lets a crash-looping operator come back", () =>
    play({ timing: { crashBackoff: { base: 5_000, max: 10_000 } } }, async (world) => {
      await world.rotateSecret("keyOfAnother");
      await pass(world, 30_000);
      await world.oomKill("operator");
      await world.until("a crash", async () =>
        JSON.stringify(await world.pods("operator")).includes("CrashLoopBackOff"),
      );
      await world.repairSecret();
      await world.restartDeployment("metrics-apiserver");
      await untilEveryHpaSays(world, VALID);
      const [hpa] = await world.hpas();
      expect(hpa && scalingActive(hpa)?.reason).toBe("ValidMetricFound");
    }));
});
