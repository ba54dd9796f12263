import { expect, test } from "@jest/globals";
import { namesOf } from "../../../src/sandbox/manifests/names.ts";
import { manifestsOf, valuesOf } from "./render.ts";

test("variables of a scenario reach the processes by the chart's values", () => {
  const settings = {
    KEDA_MEDIC_MODE: "act",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces",
    KEDA_MEDIC_RESTART_ON_LATENT: "true",
  };
  expect(valuesOf("knative", { settings, rights: ["secret"], hosts: 2 }, namesOf("yaml"))).toEqual([
    "host=knative",
    "cluster=processes",
    "keda.namespace=keda",
    "keda.installedWith=yaml",
    "keda.certificates=keda",
    "respond.replicas=2",
    "restart.replicas=2",
    "mode=act",
    "otlp.endpoint=http://127.0.0.1:4318",
    "policy.restartOnLatent=true",
  ]);
});

test("without a right on Secrets the chart is told that cert-manager issues; the chart's own replicas stay", () => {
  const values = valuesOf("deployment", { settings: {}, rights: [], hosts: undefined }, namesOf("helm"));
  expect(values).toContain("keda.certificates=certManager");
  expect(values).toContain("keda.installedWith=helm");
  expect(values.some((value) => value.includes("replicas"))).toBe(false);
});

test("what is no choice of manifests is refused in one sentence, and nothing means the harness's own", () => {
  expect(manifestsOf(undefined)).toBe("harness");
  expect(() => manifestsOf("nope")).toThrow(
    '--manifests takes harness, deployment, knative, eventing, lambda, not "nope".',
  );
});
