import { describe, expect, test } from "@jest/globals";
import type { Loose } from "../api/client.ts";
import { passes, translate } from "./translate.ts";

const sinks = { broker: "http://broker/", sources: "http://gateway/" };
const meta = (name: string) => ({ name, namespace: "keda-medic", labels: {} });

const service: Loose = {
  apiVersion: "serving.knative.dev/v1",
  kind: "Service",
  metadata: meta("keda-medic-restart"),
  spec: {
    template: {
      metadata: { labels: { part: "restart" }, annotations: { "autoscaling.knative.dev/min-scale": "0" } },
      spec: {
        serviceAccountName: "keda-medic-restart",
        containerConcurrency: 1,
        timeoutSeconds: 30,
        containers: [
          {
            name: "restart",
            image: "keda-medic:0.1.0",
            command: ["/nodejs/bin/node", "/app/dist/functions/knative/restart.js"],
            env: [{ name: "KEDA_MEDIC_MODE", value: "act" }],
            ports: [{ containerPort: 8080 }],
            livenessProbe: { httpGet: { path: "/healthz" } },
            readinessProbe: { httpGet: { path: "/readyz" } },
          },
        ],
      },
    },
  },
};
const binding: Loose = {
  apiVersion: "sources.knative.dev/v1",
  kind: "SinkBinding",
  metadata: meta("keda-medic-restart"),
  spec: { subject: { name: "keda-medic-restart" } },
};
const source: Loose = {
  apiVersion: "sources.knative.dev/v1",
  kind: "ApiServerSource",
  metadata: meta("keda-medic-objects"),
  spec: {
    serviceAccountName: "keda-medic-source-objects",
    mode: "Reference",
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "keda" } },
    resources: [
      { apiVersion: "v1", kind: "Pod" },
      { apiVersion: "apps/v1", kind: "Deployment" },
    ],
  },
};

test("what the API server has a kind for is applied as it was rendered", () => {
  const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "a" } };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: meta("b"), spec: { replicas: 2 } };
  const core = { apiVersion: "v1", kind: "Service", metadata: meta("b") };
  const { crds, objects } = translate([crd, deployment, core], sinks);
  expect(crds).toEqual([crd]);
  expect(objects).toEqual([deployment, core]);
});

describe("a Knative Service", () => {
  const [deployment, core] = translate([service, binding], sinks).objects;
  const pods = deployment.spec.template.spec;

  test("is a Deployment of one Pod at least, with the account and environment that it had, and its sink", () => {
    expect([deployment.kind, deployment.spec.replicas, pods.serviceAccountName]).toEqual([
      "Deployment",
      1,
      "keda-medic-restart",
    ]);
    expect(pods.containers[0].env).toEqual([
      { name: "KEDA_MEDIC_MODE", value: "act" },
      { name: "K_SINK", value: sinks.broker },
    ]);
    expect(pods.containerConcurrency).toBeUndefined();
  });

  test("runs the function that its command names, not at the port of Knative's adapters", () => {
    const [container] = pods.containers;
    expect(container.image).toBe("keda-medic/restart:0.1.0");
    expect(container.command).toBeUndefined();
    expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: 8088 });
    expect(core.spec.ports).toEqual([{ name: "http", port: 80, targetPort: 8088 }]);
  });

  test("has no sink where no SinkBinding gives it one", () => {
    const [unbound] = translate([service], sinks).objects;
    expect(unbound.spec.template.spec.containers[0].env).toHaveLength(1);
  });
});

test("an ApiServerSource is the real adapter with the source's account, namespace and kinds", () => {
  const { objects, adapters } = translate([source], sinks);
  expect(adapters).toEqual(["keda-medic-objects"]);
  const { serviceAccountName, containers } = objects[0].spec.template.spec;
  expect(serviceAccountName).toBe("keda-medic-source-objects");
  const config = containers[0].env.find(({ name }: Loose) => name === "K_SOURCE_CONFIG").value;
  expect(JSON.parse(config)).toEqual({
    namespaces: ["keda"],
    allNamespaces: false,
    resources: [
      { gvr: { Group: "", Version: "v1", Resource: "pods" } },
      { gvr: { Group: "apps", Version: "v1", Resource: "deployments" } },
    ],
    mode: "Reference",
  });
});

test("a PingSource is a timer that posts its attributes to its function", () => {
  const ping = (name: string, spec: object) => ({
    apiVersion: "sources.knative.dev/v1",
    kind: "PingSource",
    metadata: { name },
    spec: { sink: { ref: { name: "keda-medic-sweep" } }, ...spec },
  });
  const due = { ceOverrides: { extensions: { kedamedictick: "due" } } };
  expect(translate([ping("keda-medic-due", due), ping("keda-medic-sweep", {})], sinks)).toMatchObject({
    objects: [],
    timers: [
      { subscriber: "sweep", extensions: { kedamedictick: "due" } },
      { subscriber: "sweep", extensions: {} },
    ],
  });
});

const resource = {
  all: [
    { prefix: { type: "dev.knative.apiserver.resource." } },
    { exact: { kind: "Event" } },
    { not: { exact: { type: "dev.knative.apiserver.resource.delete" } } },
  ],
};

test.each([
  ["dev.knative.apiserver.resource.add", true],
  ["dev.knative.apiserver.resource.delete", false],
  ["dev.knative.apiserver.ref.add", true],
  ["dev.kedamedic.restart.requested.v1", false],
])("a Trigger's filter by prefix, all and not: %s passes: %s", (type, wanted) => {
  expect(passes({ any: [{ prefix: { type: "dev.knative.apiserver.ref." } }, resource] }, type)).toBe(wanted);
});

test("a filter in a dialect that is not known is an error, not a silent pass", () => {
  expect(() => passes({ suffix: { type: "x" } }, "x")).toThrow("a Trigger asks with suffix");
});
