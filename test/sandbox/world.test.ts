import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { field } from "../../src/sandbox/apiserver/call.ts";
import type { Moment } from "../../src/sandbox/story.ts";
import { ask } from "./ask.ts";
import { pass, play, untilSettled } from "./fast.ts";

describe("the world", () => {
  test("a kubeconfig file says the same as its values, and is gone after close", async () => {
    let path = "";
    await play({}, async (world) => {
      const admin = await world.kubeconfig("admin");
      path = admin.path;
      const file = JSON.parse(readFileSync(path, "utf8")) as unknown;
      expect(field(file, "users", "0", "user", "token")).toBe(admin.token);
      expect(field(file, "clusters", "0", "cluster", "server")).toBe(admin.server);
      expect((await ask(admin, { path: "/api/v1/namespaces/keda/pods" })).status).toBe(200);
    });
    expect(existsSync(path)).toBe(false);
  });

  test("a narrator hears what was done and what came of it", () =>
    play({}, async (world) => {
      const moments: Moment[] = [];
      const unsubscribe = world.onMoment((moment) => moments.push(moment));
      await world.rotateSecret("selfSignedRekey");
      await untilSettled(world);
      await world.oomKill("operator");
      await pass(world, 20_000);
      unsubscribe();
      const told = moments.map(({ who, text }) => `${who}: ${text}`).join("\n");
      for (const text of [
        "you: rotate the Secret",
        "you: operator runs out of memory",
        "restarts in place",
        "keda: keda-operator-",
      ]) {
        expect(told).toContain(text);
      }
    }));

  test("the Helm chart's names reach the address that the metrics-apiserver dials and the Service that the APIService names", () =>
    play({ install: "helm", issuer: "chart" }, async (world) => {
      const names = (await world.deployments()).map(({ metadata }) => metadata.name);
      expect(names).toEqual(["keda-operator", "keda-operator-metrics-apiserver"]);
      const apiService = world.objects.get("apiservices", { name: "v1beta1.external.metrics.k8s.io" });
      expect(field(apiService?.spec, "service", "name")).toBe("keda-operator-metrics-apiserver");
      expect(JSON.stringify(await world.deployments())).toContain(
        "--metrics-service-address=keda-operator.keda.svc.cluster.local:9666",
      );
    }));

  test("a Secret's data and its write time move together; who wrote it stays on record", () =>
    play({}, async (world) => {
      const secret = () => world.objects.get("secrets", { namespace: "keda", name: "kedaorg-certs" });
      const [before] = secret()?.metadata.managedFields ?? [];
      world.clock.skip(60_000);
      await world.rotateSecret("keyOfAnother");
      const writers = secret()?.metadata.managedFields ?? [];
      expect(writers.map(({ manager }) => manager)).toEqual(["kubectl", "kubectl-edit"]);
      expect(Date.parse(writers[1]?.time ?? "") - Date.parse(before?.time ?? "")).toBeGreaterThanOrEqual(59_000);
    }));

  test("cert-manager keeps one CertificateRequest, and says by an Event that it issued", () =>
    play({ certManager: true, issuer: "chart", install: "helm" }, async (world) => {
      await world.rotateSecret("chartCaRekey");
      const requests = world.objects.list("certificaterequests");
      expect(requests.map(({ metadata }) => metadata.name)).toEqual(["keda-operator-tls-certificates-2"]);
      const secret = world.objects.get("secrets", { namespace: "keda", name: "kedaorg-certs" });
      expect(field(requests[0]?.status, "certificate")).toBe(field(secret, "data", "tls.crt"));
      expect(JSON.stringify(await world.kubernetesEvents())).toContain("The certificate has been successfully issued");
      const certificate = world.objects.get("certificates", {
        namespace: "keda",
        name: "keda-operator-tls-certificates",
      });
      expect(certificate?.status).toMatchObject({ revision: 2 });
    }));

  test("everything stored is plain JSON, after all that can happen to a Pod", () =>
    play({ certManager: true }, async (world) => {
      await world.rotateSecret("keyOfAnother");
      await pass(world, 30_000);
      await world.oomKill("operator");
      await world.until("a crash loop", async () =>
        JSON.stringify(await world.pods("operator")).includes("CrashLoopBackOff"),
      );
      for (const resource of [
        "pods",
        "deployments",
        "horizontalpodautoscalers",
        "events",
        "leases",
        "certificates",
      ] as const) {
        const objects = world.objects.list(resource);
        expect(JSON.parse(JSON.stringify(objects))).toStrictEqual(objects);
      }
    }));

  test("a rotation that this issuer cannot make is refused, not guessed", () =>
    play({}, async (world) => {
      await expect(world.rotateSecret("leafOnly")).rejects.toThrow('"leafOnly" needs a world with issuer "chart"');
      await expect(world.rotateSecret("chartCaRekey")).rejects.toThrow('this world\'s issuer is "selfSigned"');
    }));
});
