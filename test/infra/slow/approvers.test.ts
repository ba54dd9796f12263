import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { incidents, startWithPolicies, untilAllowed } from "../tools/admission.ts";
import type { ApiServer } from "../tools/apiServer.ts";
import { bind, container, onTemplate } from "../tools/keda.ts";

let server: ApiServer;
const operator = "/apis/apps/v1/namespaces/keda/deployments/keda-operator";

beforeAll(async () => {
  server = await startWithPolicies();
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  for (const namespace of ["keda", "keda-medic"])
    await server.api.create(
      `${rbac}/namespaces/${namespace}/rolebindings`,
      bind("Role", "keda-medic-approver", "sre", namespace),
    );
  await server.api.create(`${rbac}/clusterrolebindings`, bind("ClusterRole", "keda-medic-approver", "sre"));
  const editor = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "editor" } };
  const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "update", "patch"] }];
  await server.api.create(`${rbac}/namespaces/keda/roles`, { ...editor, rules });
  await server.api.create(`${rbac}/namespaces/keda/rolebindings`, bind("Role", "editor", "platform", "keda"));
  await untilAllowed(server, server.people.approver, incidents);
  await untilAllowed(server, server.people.editor, operator);
}, 900_000);
afterAll(async () => server?.close());

test("an approver approves, pauses and resumes", async () => {
  for (const value of ["x", null])
    for (const key of ["kedamedic.dev/approved", "kedamedic.dev/paused"]) {
      const body = { metadata: { annotations: { [key]: value } } };
      expect((await server.patchAs(server.people.approver, operator, body)).status).toBe(200);
    }
});

test.each([
  ["restarts nothing by hand", onTemplate({ "kedamedic.dev/restarted-for": "another" })],
  ["changes no image", container({ image: "evil:1" })],
  ["scales nothing", { spec: { replicas: 0 } }],
  ["sets no other annotation", { metadata: { annotations: { "example.com/x": "y" } } }],
  ["takes no other annotation away", { metadata: { annotations: { "example.com/theirs": null } } }],
  ["sets no label", { metadata: { labels: { more: "x" } } }],
  ["sets no finalizer", { metadata: { finalizers: ["example.com/stuck"] } }],
  [
    "gives it no owner",
    { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x" }] } },
  ],
])("an approver %s", async (_what, body) => {
  const { status, body: answer } = await server.patchAs(server.people.approver, operator, body);
  expect([status, answer.message]).toEqual([422, expect.stringContaining("a keda-medic-approver ")]);
});

test("an approver writes no Incident", async () => {
  const got = await server.api.request({ method: "GET", path: incidents, token: server.people.approver });
  expect(got.status).toBe(200);
  expect((await server.patchAs(server.people.approver, `${incidents}/inc-1`, { spec: {} })).status).toBe(403);
});

test("who may update the Deployments is not hindered by us", async () => {
  const { status } = await server.patchAs(
    server.people.editor,
    operator,
    container({ image: "ghcr.io/kedacore/keda:2.13.2" }),
  );
  expect(status).toBe(200);
});
