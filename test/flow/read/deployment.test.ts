import { describe, expect, test } from "@jest/globals";
import { annotations } from "../../../src/core/annotations.ts";
import type { PodFacts } from "../../../src/core/evidence.ts";
import { readDeployment } from "../../../src/flow/read/deployment.ts";
import { readPod } from "../../../src/flow/read/pods.ts";
import { container, type DeploymentShape, deployment, object } from "./objects.ts";

const read = (
  shape: DeploymentShape = {},
  main: object = container({ image: "ghcr.io/kedacore/keda:2.13.1" }),
  pods: readonly PodFacts[] = [],
) =>
  readDeployment({
    component: "operator",
    deployment: deployment("keda-operator", shape),
    container: main as never,
    pods,
  });

describe("a rollout, as kubectl rollout status tells it", () => {
  const stuck = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];

  test.each<[string, DeploymentShape, string]>([
    ["complete", {}, "complete"],
    ["not yet observed", { metadata: { generation: 4 } }, "running"],
    [
      "not all updated",
      { spec: { replicas: 2 }, status: { replicas: 2, updatedReplicas: 1, availableReplicas: 2 } },
      "running",
    ],
    ["old ones left", { status: { replicas: 2, updatedReplicas: 1 } }, "running"],
    ["not all available", { status: { availableReplicas: 0 } }, "running"],
    [
      "no status at all",
      { status: { observedGeneration: undefined, replicas: undefined, updatedReplicas: undefined } },
      "running",
    ],
    [
      "scaled to zero",
      { spec: { replicas: 0 }, status: { replicas: 0, updatedReplicas: 0, availableReplicas: 0 } },
      "complete",
    ],
    ["past its deadline", { status: { availableReplicas: 0, conditions: stuck } }, "stuck"],
    [
      "past the deadline of the template before",
      { metadata: { generation: 4 }, status: { conditions: stuck } },
      "running",
    ],
  ])("%s: %s", (_, shape, rollout) => {
    expect(read(shape).rollout).toBe(rollout);
  });
});

describe("the version", () => {
  const versionOf = (image: string, label?: string) =>
    read(
      label === undefined ? {} : { metadata: { labels: { "app.kubernetes.io/version": label } } },
      container({ image }),
    ).version;

  test.each([
    ["ghcr.io/kedacore/keda:2.13.1", undefined, "2.13.1"],
    ["ghcr.io/kedacore/keda:v2.17.2", undefined, "2.17.2"],
    ["localhost:5000/keda:2.13.1@sha256:abcd", undefined, "2.13.1"],
    ["localhost:5000/keda", "2.14.0", "2.14.0"],
    ["ghcr.io/kedacore/keda@sha256:abcd", "2.14.0", "2.14.0"],
    ["ghcr.io/kedacore/keda:main", "main", undefined],
    ["ghcr.io/kedacore/keda:2.13.1", "2.20.0", "2.13.1"],
    ["", undefined, undefined],
  ])("of %s, label %s: %s", (image, label, version) => {
    expect(versionOf(image, label)).toBe(version);
  });
});

describe("annotations", () => {
  test("our own marks are on the Pod template", () => {
    const marks = { [annotations.restartedFor]: "abc", [annotations.restartedAt]: "2026-11-23T17:00:00Z" };
    expect(read({ templateAnnotations: marks })).toMatchObject({
      restartedFor: "abc",
      restartedAt: Date.parse("2026-11-23T17:00:00Z"),
    });
    expect(read({ metadata: { annotations: marks } }).restartedFor).toBeUndefined();
  });

  const marksOf = (generation: string, at: string) => ({
    [annotations.restartedFor]: generation,
    [annotations.restartedAt]: at,
  });
  const podMarked = (generation: string, at: string) =>
    readPod(object("keda-operator-1", { metadata: { annotations: marksOf(generation, at) } }), "main");

  test("who puts the template back does not take away the mark of the Pods made from ours", () => {
    const pods = [podMarked("abc", "2026-11-23T17:00:00Z")];
    const marked = { restartedFor: "abc", restartedAt: Date.parse("2026-11-23T17:00:00Z") };
    expect(read({}, undefined, pods)).toMatchObject(marked);
    const undone = { templateAnnotations: marksOf("older", "2026-11-22T17:00:00Z") };
    expect(read(undone, undefined, pods)).toMatchObject(marked);
  });

  test("an old Pod's mark says nothing against the newer one of the template", () => {
    const pods = [podMarked("older", "2026-11-22T17:00:00Z")];
    const shape = { templateAnnotations: marksOf("abc", "2026-11-23T17:00:00Z") };
    expect(read(shape, undefined, pods).restartedFor).toBe("abc");
  });

  test.each([
    ["a reason", "load test", "load test"],
    ["an empty one", "", ""],
    ["true", "true", "true"],
    ["false is none", "false", undefined],
  ])("a person's pause on the Deployment: %s", (_, value, paused) => {
    expect(read({ metadata: { annotations: { [annotations.paused]: value } } }).pausedByPerson).toBe(paused);
  });

  test.each([
    ["hash and time", "abc 2026-11-23T17:00:00Z", { hash: "abc", at: Date.parse("2026-11-23T17:00:00Z") }],
    ["no time", "abc", undefined],
    ["no RFC 3339", "abc yesterday", undefined],
    ["nothing", "", undefined],
  ])("an approval: %s", (_, value, approval) => {
    expect(read({ metadata: { annotations: { [annotations.approved]: value } } }).approval).toEqual(approval);
  });
});

test("what a restart must name: uid, resourceVersion, and who it is", () => {
  expect(read({ spec: { paused: true, replicas: 3 } })).toMatchObject({
    component: "operator",
    namespace: "keda",
    name: "keda-operator",
    uid: "uid-keda-operator",
    resourceVersion: "7",
    paused: true,
    replicas: 3,
    gracePeriodSeconds: 30,
  });
});

test("defaults of the API: one replica, 30 s", () => {
  const empty = readDeployment({
    component: "operator",
    deployment: { metadata: { name: "x" } },
    container: {},
    pods: [],
  });
  expect(empty).toMatchObject({ replicas: 1, gracePeriodSeconds: 30, rollout: "running", paused: false });
});

describe("KEDA's own rotation of certificates", () => {
  const rotates = (...args: readonly string[]) => read({}, container({ args })).rotatesCertificates;

  test.each([
    [["--enable-cert-rotation=true"], true],
    [["--enable-cert-rotation"], true],
    [["--leader-elect", "-enable-cert-rotation=1"], true],
    [["--enable-cert-rotation=false"], undefined],
    [["--enable-cert-rotation=true", "--enable-cert-rotation=false"], undefined],
    [["--enable-cert-rotations"], undefined],
    [[], undefined],
  ])("%j", (args, rotating) => {
    expect(rotates(...args)).toBe(rotating);
  });

  test("is the operator's alone", () => {
    const main = container({ args: ["--enable-cert-rotation=true"] });
    const of = { deployment: deployment("keda-metrics-apiserver"), container: main as never, pods: [] };
    expect(readDeployment({ component: "metrics-apiserver", ...of }).rotatesCertificates).toBeUndefined();
  });
});
