import { describe, expect, test } from "@jest/globals";
import { readPod, selects } from "../../../src/flow/read/pods.ts";
import { object } from "./objects.ts";

const pod = (status: unknown, metadata = {}) =>
  object("keda-operator-1", { metadata: { creationTimestamp: "2026-11-23T17:00:00Z", ...metadata }, status });
const running = { name: "keda-operator", restartCount: 1, state: { running: { startedAt: "2026-11-23T17:03:53Z" } } };

describe("a Pod", () => {
  test("that runs after an OOM kill", () => {
    const killed = {
      reason: "OOMKilled",
      exitCode: 137,
      startedAt: "2026-11-23T17:02:35Z",
      finishedAt: "2026-11-23T17:03:51Z",
    };
    const read = readPod(
      pod({
        podIP: "10.244.0.7",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [{ ...running, lastState: { terminated: killed } }],
      }),
      "keda-operator",
    );
    expect(read).toEqual({
      name: "keda-operator-1",
      uid: "uid-keda-operator-1",
      ip: "10.244.0.7",
      createdAt: Date.parse("2026-11-23T17:00:00Z"),
      startedAt: Date.parse("2026-11-23T17:03:53Z"),
      deleting: false,
      ready: true,
      restarts: 1,
      lastTermination: {
        reason: "OOMKilled",
        exitCode: 137,
        startedAt: Date.parse("2026-11-23T17:02:35Z"),
        finishedAt: Date.parse("2026-11-23T17:03:51Z"),
      },
    });
  });

  test("in a crash loop has no start, and its last end may still be its state", () => {
    const waiting = { name: "keda-operator", restartCount: 5, state: { waiting: { reason: "CrashLoopBackOff" } } };
    expect(readPod(pod({ containerStatuses: [waiting] }), "keda-operator")).toMatchObject({
      waiting: "CrashLoopBackOff",
      restarts: 5,
      ready: false,
    });
    const ended = { name: "keda-operator", state: { terminated: { reason: "Error", exitCode: 1 } } };
    const read = readPod(pod({ containerStatuses: [ended] }), "keda-operator");
    expect(read.lastTermination).toEqual({ reason: "Error", exitCode: 1 });
    expect(read.startedAt).toBeUndefined();
  });

  test("with a sidecar in front: the named container counts", () => {
    const sidecar = { name: "istio-proxy", restartCount: 9, state: {} };
    expect(readPod(pod({ containerStatuses: [sidecar, running] }), "keda-operator").restarts).toBe(1);
    expect(readPod(pod({ containerStatuses: [sidecar, running] }), undefined).restarts).toBe(9);
  });

  test("whose other conditions are True is not Ready by them", () => {
    const conditions = [
      { type: "PodScheduled", status: "True" },
      { type: "Ready", status: "False" },
    ];
    expect(readPod(pod({ conditions }), undefined).ready).toBe(false);
  });

  test("that is going away", () => {
    expect(readPod(pod({}, { deletionTimestamp: "2026-11-23T17:05:00Z" }), undefined).deleting).toBe(true);
  });

  test.each([undefined, null, [], "x", { containerStatuses: "x", conditions: 7, podIP: "" }])(
    "with a status of %j is read without one",
    (status) => {
      const read = readPod(pod(status), "keda-operator");
      expect([read.ready, read.restarts, read.ip, read.startedAt]).toEqual([false, 0, undefined, undefined]);
    },
  );
});

describe("a selector", () => {
  test.each([
    [{ app: "a" }, { app: "a", x: "y" }, true],
    [{ app: "a", x: "y" }, { app: "a" }, false],
    [{ app: "a" }, undefined, false],
    [{}, { app: "a" }, false],
    [undefined, { app: "a" }, false],
    ["app=a", { app: "a" }, false],
  ])("%j on %j: %s", (selector, labels, matches) => {
    expect(selects(selector, labels)).toBe(matches);
  });
});

describe("a Pod of a service mesh", () => {
  const meshOf = (spec: unknown, metadata = {}) =>
    readPod(object("keda-operator-1", { metadata, spec, status: {} }), "keda-operator").mesh;
  const main = { name: "keda-operator" };

  test.each([
    ["a sidecar", { containers: [main, { name: "istio-proxy" }] }, "istio-proxy"],
    [
      "a sidecar that is an init container",
      { containers: [main], initContainers: [{ name: "linkerd-proxy" }] },
      "linkerd-proxy",
    ],
    ["another container", { containers: [main, { name: "log-shipper" }] }, undefined],
    ["a spec that was not sent", undefined, undefined],
  ])("%s", (_, spec, mesh) => {
    expect(meshOf(spec)).toBe(mesh);
  });

  test("without a sidecar, by Istio's annotation", () => {
    const at = (value: string) =>
      meshOf({ containers: [main] }, { annotations: { "ambient.istio.io/redirection": value } });
    expect([at("enabled"), at("disabled")]).toEqual(["ambient.istio.io/redirection", undefined]);
  });
});
