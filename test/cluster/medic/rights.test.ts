import { describe, expect, test } from "@jest/globals";
import { rulesFor, yamlNames } from "../../../src/edge/kubernetes/rbac.ts";
import type { Audited } from "../world/audit.ts";
import { compareRights, granted, rightsProblems, usedOnlyWhen } from "./rights.ts";

test("a Role in another namespace of the same name grants nothing by a binding here", () => {
  const role = (namespace: string, verb: string) => ({
    kind: "Role",
    metadata: { name: "r", namespace },
    rules: [{ verbs: [verb], resources: ["pods"] }],
  });
  const bound = {
    kind: "RoleBinding",
    metadata: { name: "r", namespace: "keda" },
    roleRef: { kind: "Role", name: "r" },
    subjects: [{ name: "a" }],
  };
  expect([...granted([role("other", "delete"), role("keda", "get"), bound])]).toEqual(["a get pods"]);
});

const rule = (verb: string, resource: string) => ({ verbs: [verb], resources: [resource] });
const render = [
  {
    kind: "ClusterRole",
    metadata: { name: "r" },
    rules: [rule("list", "pods"), rule("list", "*"), rule("delete", "pods"), rule("get", "*")],
  },
  {
    kind: "ClusterRoleBinding",
    metadata: { name: "r" },
    roleRef: { kind: "ClusterRole", name: "r" },
    subjects: [{ name: "a" }],
  },
];
const request = (verb: string, resource: string, status = 200): Audited => ({
  at: 0,
  account: "a",
  verb,
  resource,
  name: "",
  status,
  bytes: 0,
});

test("a right is used when a request was let through by it, also when there was nothing to find; a refusal uses none", () => {
  const requests = [request("list", "pods", 404), request("delete", "pods", 403), request("get", "s0-queue")];
  expect(compareRights(render, requests)).toEqual({
    neverUsed: ["a delete pods", "a list *"],
    refused: ["a delete pods"],
  });
});

describe("what is wrong with rights", () => {
  const neverUsed = ["keda-medic-respond delete incidents", "keda-medic-restart list scaledobjects"];

  test("is a right that a run with a restart did not use, unless it is known when it is used", () => {
    expect(rightsProblems({ neverUsed, refused: [] })).toEqual([
      "granted and never used: keda-medic-restart list scaledobjects",
    ]);
  });

  test("is nothing that a run without a restart did not need", () => {
    const unused = [...neverUsed, "keda-medic-restart patch deployments"];
    expect(rightsProblems({ neverUsed: unused, refused: [] })).toEqual([]);
  });

  test("is whatever the API server refused, but for what is known to be tried", () => {
    const refused = ["keda-medic-restart get pods/portforward", "keda-medic-restart list secrets"];
    expect(rightsProblems({ neverUsed: [], refused })).toEqual([
      "needed and not granted: keda-medic-restart list secrets",
    ]);
  });
});

test("every right that is used now and then is still granted by somebody", () => {
  const wanted = {
    readSecret: false,
    endStalePodsEarly: false,
    portForward: false,
    oidc: false,
    kubernetesEvents: true,
  };
  const lines = (["watch", "restart"] as const).flatMap((of) =>
    Object.values(rulesFor(of, yamlNames, { ...wanted, ownLease: "keda-medic" }))
      .flat()
      .flatMap(({ verbs, resources }) => verbs.flatMap((verb: string) => resources.map((r: string) => `${verb} ${r}`)))
      .map((right: string) => `keda-medic-${of === "watch" ? "respond" : of} ${right}`),
  );
  const ours = usedOnlyWhen.filter(([pattern]) => !pattern.source.includes("source"));
  for (const [pattern] of ours) expect([pattern, lines.some((line) => pattern.test(line))]).toEqual([pattern, true]);
});
