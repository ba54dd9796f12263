import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { incident, incidents, startWithPolicies, untilAllowed } from "../tools/admission.ts";
import type { ApiServer } from "../tools/apiServer.ts";
import { container, event, inNamespace, kedaDeployment, lease, onTemplate, ours, pod, tooMuch } from "../tools/keda.ts";
import { type Loose, read } from "../tools/objects.ts";

let server: ApiServer;
let restart: string;
let respond: string;

const deployments = "/apis/apps/v1/namespaces/keda/deployments";
const labelled = { metadata: { labels: { more: "x" } } };
const operator = `${deployments}/keda-operator`;
const adapter = `${deployments}/keda-metrics-apiserver`;

beforeAll(async () => {
  server = await startWithPolicies();
  restart = await server.tokenOf("keda-medic", "keda-medic-restart");
  respond = await server.tokenOf("keda-medic", "keda-medic-respond");
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
    // Of KEDA's names, and not KEDA's.
    await server.api.create("/api/v1/namespaces/keda-medic/pods", inNamespace("keda-medic", pod("keda-operator-1")));
    const elsewhere = inNamespace("keda-medic", kedaDeployment("keda-operator"));
    await server.api.create("/apis/apps/v1/namespaces/keda-medic/deployments", elsewhere);
    await server.api.create(leases, lease("another"));
    await server.api.create(incidents, { ...incident, metadata: { name: "kept" } });
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
    {
      who: "restart",
      method: "DELETE",
      path: "/api/v1/namespaces/keda-medic/pods/keda-operator-1",
      body: undefined,
      status: 422,
    },
    {
      who: "restart",
      method: "PATCH",
      path: "/apis/apps/v1/namespaces/keda-medic/deployments/keda-operator",
      body: ours,
      status: 422,
    },
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
    {
      who: "respond",
      method: "PATCH",
      path: `${leases}/another`,
      body: { spec: { holderIdentity: "x" } },
      status: 422,
    },
    { who: "respond", method: "PATCH", path: `${incidents}/kept`, body: labelled, status: 422 },
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
