import { expect, test } from "@jest/globals";
import type { Audited } from "../world/audit.ts";
import { compareRights, granted } from "./rights.ts";

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
