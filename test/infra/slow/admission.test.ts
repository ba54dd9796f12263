import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { incident, untilAllowed, untilDenied } from "../tools/admission.ts";
import { type ApiServer, startApiServer } from "../tools/apiServer.ts";
import { bind, container, event, kedaDeployment, lease, onTemplate, ours, pod, tooMuch } from "../tools/keda.ts";
import { type Loose, read, root } from "../tools/objects.ts";

let server: ApiServer;
let restart: string;
let respond: string;

const deployments = "/apis/apps/v1/namespaces/keda/deployments";
const operator = `${deployments}/keda-operator`;
const adapter = `${deployments}/keda-metrics-apiserver`;
const file = (name: string): string => fileURLToPath(new URL(`infra/kubernetes/${name}.yaml`, root));
const applied = (what: readonly string[], input?: string): void => {
  const { code, stderr } = server.kubectl(["apply", ...what], input);
  expect([code, stderr]).toEqual([0, ""]);
};

beforeAll(async () => {
  server = await startApiServer();
  const namespaces = ["keda", "keda-medic"].map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  }));
  const workloads = ["keda-operator", "keda-metrics-apiserver", "keda-admission-webhooks"].map(kedaDeployment);
  applied(["-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: [...namespaces, ...workloads] }));
  for (const name of ["crd", "rbac", "admission", "deployment"]) applied(["-f", file(name)]);
  restart = await server.tokenOf("keda-medic", "keda-medic-restart");
  respond = await server.tokenOf("keda-medic", "keda-medic-respond");
  await untilDenied(server, restart);
}, 900_000);

afterAll(async () => server?.close());

test("the API server has nothing against the expressions", async () => {
  const list = await server.api.list("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies");
  // Type checking itself is a controller's work; a policy that does not compile is refused at its creation.
  expect(list.map(({ metadata }: Loose) => metadata.name).sort()).toEqual([
    "keda-medic-approver",
    "keda-medic-respond",
    "keda-medic-restart",
    "keda-medic-restart-annotations",
  ]);
});

test("the policy names every field that a Deployment, its template and its metadata have", async () => {
  const { components } = await server.api.get("/openapi/v3/apis/apps/v1");
  const fieldsOf = (name: string): string[] => Object.keys(components.schemas[name].properties).sort();
  const named = (before: string): string[] => [
    ...new Set(
      [...read("infra/kubernetes/admission.yaml").matchAll(new RegExp(`object\\.${before}\\.\\?(\\w+) ==`, "g"))].map(
        ([, field]) => field ?? "",
      ),
    ),
  ];
  expect(named("spec").sort()).toEqual(fieldsOf("io.k8s.api.apps.v1.DeploymentSpec").filter((f) => f !== "template"));
  // What the API server itself keeps cannot be written in a template or changed at all.
  const kept = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
    "annotations",
  ];
  const metadata = fieldsOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta").filter((field) => !kept.includes(field));
  expect(named("spec\\.template\\.\\?metadata").sort()).toEqual(metadata);
});

describe("restart's account", () => {
  test("sets our annotations on the Pod templates of both Deployments, again and again", async () => {
    for (const path of [operator, adapter, operator])
      expect((await server.patchAs(restart, path, ours)).status).toBe(200);
    const { spec } = await server.api.get(operator);
    expect(spec.template.metadata.annotations).toMatchObject({
      "kedamedic.dev/incident": "inc-1",
      "example.com/theirs": "kept",
    });
  });

  test.each([
    ["the image", container({ image: "evil:1" })],
    ["arguments", container({ args: ["--v=9"] })],
    ["the environment", container({ env: [{ name: "A", value: "b" }] })],
    ["another container", { spec: { template: { spec: { containers: [{ name: "evil", image: "evil:1" }] } } } }],
    ["the account of its Pods", { spec: { template: { spec: { serviceAccountName: "keda-medic-restart" } } } }],
    ["a volume", { spec: { template: { spec: { volumes: [{ name: "h", hostPath: { path: "/" } }] } } } }],
    ["the number of replicas", { spec: { replicas: 0 } }],
    ["the strategy", { spec: { strategy: { type: "Recreate", rollingUpdate: null } } }],
    ["paused", { spec: { paused: true } }],
    ["minReadySeconds", { spec: { minReadySeconds: 9 } }],
    ["the history limit", { spec: { revisionHistoryLimit: 1 } }],
    ["the progress deadline", { spec: { progressDeadlineSeconds: 99 } }],
    ["labels of the template", { spec: { template: { metadata: { labels: { more: "x" } } } } }],
    ["an annotation that looks like ours", onTemplate({ "kedamedic.dev/other": "x" })],
    ["somebody else's annotation", onTemplate({ "example.com/theirs": "changed" })],
    ["a new annotation of another domain", onTemplate({ "sidecar.istio.io/inject": "true" })],
    ["away: somebody else's annotation", onTemplate({ "example.com/theirs": null })],
    ["away: all annotations", { spec: { template: { metadata: { annotations: null } } } }],
    ["an approval, by itself", { metadata: { annotations: { "kedamedic.dev/approved": "x" } } }],
    ["a pause, by itself", { metadata: { annotations: { "kedamedic.dev/paused": "x" } } }],
    ["labels of the Deployment", { metadata: { labels: { more: "x" } } }],
    ["finalizers", { metadata: { finalizers: ["example.com/stuck"] } }],
    ["an owner", { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x" }] } }],
    [
      "our annotation and the image at once",
      { spec: { template: { ...ours.spec.template, ...container({ image: "evil:1" }).spec.template } } },
    ],
  ])("is denied by the API server: %s", async (_what, body) => {
    const { status, body: answer } = await server.patchAs(restart, operator, body);
    expect([status, answer.reason]).toEqual([422, "Invalid"]);
    expect(answer.message).toContain("ValidatingAdmissionPolicy 'keda-medic-restart");
  });

  test("has no right on any other Deployment, nor to update, create, scale or delete one", async () => {
    expect((await server.patchAs(restart, `${deployments}/keda-admission-webhooks`, ours)).status).toBe(403);
    expect((await server.patchAs(restart, `${operator}/scale`, { spec: { replicas: 0 } })).status).toBe(403);
    for (const call of [
      { method: "PUT", path: operator, body: kedaDeployment("keda-operator") },
      { method: "POST", path: deployments, body: kedaDeployment("evil") },
      { method: "DELETE", path: operator },
      { method: "GET", path: "/api/v1/namespaces/keda/secrets/kedaorg-certs" },
      { method: "DELETE", path: "/api/v1/namespaces/keda/pods/keda-operator-1" },
    ] as const)
      expect([call, (await server.api.request({ ...call, token: restart })).status]).toEqual([call, 403]);
  });
});

describe("accounts that somebody made cluster-admin", () => {
  beforeAll(async () => {
    for (const account of ["keda-medic-restart", "keda-medic-respond"])
      await server.api.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", tooMuch(account));
    for (const name of ["keda-operator-1", "keda-metrics-apiserver-1", "other-1"])
      await server.api.create("/api/v1/namespaces/keda/pods", pod(name));
    for (const token of [restart, respond]) await untilAllowed(server, token, "/api/v1/nodes");
  });
  afterAll(async () => {
    for (const account of ["keda-medic-restart", "keda-medic-respond"])
      await server.api.remove(`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/too-much-${account}`);
  });

  const pods = "/api/v1/namespaces/keda/pods";
  const services = "/api/v1/namespaces/keda/services";
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "evil" } };
  const leases = "/apis/coordination.k8s.io/v1/namespaces/keda-medic/leases";
  const events = (namespace: string): string => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "x" } };
  const reviews = "/apis/authentication.k8s.io/v1/tokenreviews";

  test.each([
    { who: "restart", method: "PATCH", path: `${deployments}/keda-admission-webhooks`, body: ours, status: 422 },
    { who: "restart", method: "PATCH", path: `${operator}/scale`, body: { spec: { replicas: 0 } }, status: 422 },
    { who: "restart", method: "POST", path: "/api/v1/namespaces/keda/configmaps", body: configMap, status: 422 },
    { who: "restart", method: "DELETE", path: operator, body: undefined, status: 422 },
    { who: "restart", method: "DELETE", path: `${pods}/other-1`, body: undefined, status: 422 },
    { who: "restart", method: "DELETE", path: `${pods}/keda-operator-1`, body: undefined, status: 200 },
    { who: "restart", method: "DELETE", path: `${pods}/keda-metrics-apiserver-1`, body: undefined, status: 200 },
    { who: "restart", method: "POST", path: `${pods}/other-1/exec?command=sh`, body: undefined, status: 422 },
    { who: "restart", method: "POST", path: `${pods}/other-1/attach`, body: undefined, status: 422 },
    { who: "restart", method: "GET", path: `${services}/keda-operator/proxy/metrics`, body: undefined, status: 422 },
    { who: "restart", method: "GET", path: "/api/v1/nodes/n/proxy/pods", body: undefined, status: 422 },
    { who: "restart", method: "POST", path: reviews, body: review, status: 201 },
    { who: "restart", method: "PATCH", path: operator, body: ours, status: 200 },
    { who: "respond", method: "PATCH", path: operator, body: ours, status: 422 },
    { who: "respond", method: "POST", path: "/api/v1/namespaces/keda-medic/configmaps", body: configMap, status: 422 },
    { who: "respond", method: "DELETE", path: `${pods}/other-1`, body: undefined, status: 422 },
    { who: "respond", method: "POST", path: events("keda"), body: event("keda"), status: 201 },
    { who: "respond", method: "POST", path: events("keda-medic"), body: event("keda-medic"), status: 201 },
    { who: "respond", method: "POST", path: events("default"), body: event("default"), status: 422 },
    { who: "respond", method: "POST", path: leases, body: lease("keda-medic"), status: 422 },
    { who: "respond", method: "POST", path: leases, body: lease("other"), status: 422 },
    { who: "respond", method: "DELETE", path: `${leases}/keda-medic`, body: undefined, status: 422 },
    { who: "respond", method: "POST", path: reviews, body: review, status: 201 },
    { who: "respond", method: "POST", path: `${pods}/other-1/exec?command=sh`, body: undefined, status: 422 },
    { who: "respond", method: "GET", path: `${services}/keda-operator/proxy/metrics`, body: undefined, status: 422 },
  ] as const)(
    "$who: $method $path is answered $status, as the policies say",
    async ({ who, method, path, body, status }) => {
      const token = who === "restart" ? restart : respond;
      const contentType = method === "PATCH" ? { contentType: "application/merge-patch+json" } : {};
      const answer = await server.api.request({
        method,
        path,
        token,
        ...(body === undefined ? {} : { body }),
        ...contentType,
      });
      expect([answer.status, answer.body?.message]).toEqual([
        status,
        status === 422 ? expect.stringContaining("keda-medic") : answer.body?.message,
      ]);
    },
  );

  test.each(["restart", "respond"])("%s forwards ports of KEDA's Pods and of no others", async (who) => {
    const token = who === "restart" ? restart : respond;
    const forward = (path: string) => server.api.request({ method: "POST", path, token });
    // Let through, and there is no such Pod.
    expect(await forward(`${pods}/p/portforward`)).toMatchObject({ status: 404 });
    expect(await forward("/api/v1/namespaces/keda-medic/pods/p/portforward")).toMatchObject({ status: 422 });
  });

  // What SECURITY.md says that they do not hold against. Should either go red, the API server has learned something.
  test("are not kept from taking the policies away: the API server asks none about them", async () => {
    const path =
      "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/keda-medic-restart?dryRun=All";
    expect((await server.api.request({ method: "DELETE", path, token: restart })).status).toBe(200);
  });

  test("are not kept from acting as somebody else", () => {
    const as = ["--token", restart, "--as=ann", "--as-group=system:masters", "--dry-run=server"];
    const { code, stderr } = server.kubectl([...as, "-n", "keda", "create", "configmap", "evil"]);
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("respond's account", () => {
  const incidents = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";
  const as = (method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: Loose) =>
    server.api.request({ method, path, token: respond, ...(body === undefined ? {} : { body }) });

  test("patches no Deployment", async () => {
    expect((await server.patchAs(respond, operator, ours)).status).toBe(403);
  });

  test("creates an Incident, writes its status, never what it is about", async () => {
    const created = await as("POST", incidents, incident);
    expect([created.status, created.body.message]).toEqual([201, undefined]);
    const changed = { ...created.body, spec: { ...incident.spec, generation: "other" } };
    expect((await as("PUT", `${incidents}/inc-1`, changed)).status).toBe(403);
    expect((await server.patchAs(respond, `${incidents}/inc-1`, { spec: { generation: "other" } })).status).toBe(403);
    expect((await as("GET", `${incidents}/inc-1`)).body.spec.generation).toBe("abc");
  });

  test("holds its Lease, and deletes what closed long ago", async () => {
    const path = "/apis/coordination.k8s.io/v1/namespaces/keda-medic/leases/keda-medic";
    const held = await as("GET", path);
    expect((await as("PUT", path, { ...held.body, spec: { holderIdentity: "you" } })).status).toBe(200);
    expect((await as("DELETE", `${incidents}/inc-1`)).status).toBe(200);
  });
});

describe("people", () => {
  beforeAll(async () => {
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
    await untilAllowed(server, server.people.approver, "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents");
    await untilAllowed(server, server.people.editor, operator);
  });

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
  ])("an approver %s", async (_what, body) => {
    const { status, body: answer } = await server.patchAs(server.people.approver, operator, body);
    expect([status, answer.message]).toEqual([422, expect.stringContaining("a keda-medic-approver ")]);
  });

  test("an approver writes no Incident", async () => {
    const path = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";
    expect((await server.api.request({ method: "GET", path, token: server.people.approver })).status).toBe(200);
    expect((await server.patchAs(server.people.approver, `${path}/inc-1`, { spec: {} })).status).toBe(403);
  });

  test("who may update the Deployments is not hindered by us", async () => {
    const { status } = await server.patchAs(
      server.people.editor,
      operator,
      container({ image: "ghcr.io/kedacore/keda:2.13.2" }),
    );
    expect(status).toBe(200);
  });
});
