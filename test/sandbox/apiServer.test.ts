import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import type { Kubeconfig } from "../../src/sandbox/world.ts";
import { type Ask, type Asked, ask } from "./ask.ts";
import { fast } from "./fast.ts";

const scaled = Array.from({ length: 7 }, (_, i) => ({ namespace: i % 2 ? "shop" : "depot", name: `app-${i}` }));
const DEPLOYMENTS = "/apis/apps/v1/namespaces/keda/deployments";
const PODS = "/api/v1/namespaces/keda/pods";
const INCIDENTS = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";
const HPAS = "/apis/autoscaling/v2/horizontalpodautoscalers";
const MERGE = "application/merge-patch+json";

let world: InProcessWorld;
let admin: Kubeconfig;

beforeAll(async () => {
  world = await createWorld({
    ...fast,
    scaled,
    rules: {
      respond: [
        { keda: [{ apiGroups: [""], resources: ["services"], verbs: ["get"], resourceNames: ["keda-operator"] }] },
      ],
    },
  });
  admin = await world.kubeconfig("admin");
});
afterAll(() => world.close());

const get = (path: string): Promise<Asked> => ask(admin, { path });
const send = (method: string, path: string, body: unknown, type?: string): Promise<Asked> =>
  ask(admin, { method, path, body, ...(type === undefined ? {} : { type }) } satisfies Ask);

describe("who may do what", () => {
  test("an unknown token is 401", async () => {
    const answer = await ask({ ...admin, token: "nobody-knows" }, { path: PODS });
    expect(answer.status).toBe(401);
    expect(answer.json.at("reason")).toBe("Unauthorized");
  });

  test.each([
    [
      "GET",
      PODS,
      'pods is forbidden: User "system:serviceaccount:keda-medic:keda-medic-respond" cannot list resource "pods" in API group "" in the namespace "keda"',
    ],
    [
      "GET",
      "/api/v1/namespaces/keda/secrets/kedaorg-certs",
      'secrets "kedaorg-certs" is forbidden: User "system:serviceaccount:keda-medic:keda-medic-respond" cannot get resource "secrets" in API group "" in the namespace "keda"',
    ],
    [
      "GET",
      HPAS,
      'horizontalpodautoscalers.autoscaling is forbidden: User "system:serviceaccount:keda-medic:keda-medic-respond" cannot list resource "horizontalpodautoscalers" in API group "autoscaling" at the cluster scope',
    ],
    [
      "GET",
      `${PODS}/x/log`,
      'pods "x" is forbidden: User "system:serviceaccount:keda-medic:keda-medic-respond" cannot get resource "pods/log" in API group "" in the namespace "keda"',
    ],
    [
      "PATCH",
      `${DEPLOYMENTS}/keda-operator`,
      'deployments.apps "keda-operator" is forbidden: User "system:serviceaccount:keda-medic:keda-medic-respond" cannot patch resource "deployments" in API group "apps" in the namespace "keda"',
    ],
  ])("%s %s is refused in Kubernetes' words", async (method, path, message) => {
    const answer = await ask(await world.kubeconfig("respond"), {
      method,
      path,
      body: method === "GET" ? undefined : {},
    });
    expect(answer.status).toBe(403);
    expect(answer.json.value).toMatchObject({
      kind: "Status",
      status: "Failure",
      reason: "Forbidden",
      code: 403,
      message,
    });
  });

  test("resourceNames open one object and no other", async () => {
    const respond = await world.kubeconfig("respond");
    expect((await ask(respond, { path: "/api/v1/namespaces/keda/services/keda-operator" })).status).toBe(200);
    expect((await ask(respond, { path: "/api/v1/namespaces/keda/services/keda-metrics-apiserver" })).status).toBe(403);
  });

  test("no rights at all is 403 everywhere", async () => {
    expect((await ask(await world.kubeconfig("nobody"), { path: PODS })).status).toBe(403);
  });
});

describe("calls", () => {
  test.each([
    ["POST", PODS],
    ["DELETE", `${DEPLOYMENTS}/keda-operator`],
    ["GET", "/api/v1/nodes"],
    ["GET", "/version"],
    ["PUT", "/api/v1/namespaces/keda/secrets/kedaorg-certs"],
    ["GET", "/apis/apps/v1beta1/namespaces/keda/deployments"],
  ])("%s %s is not spoken: 501", async (method, path) => {
    const answer = await ask(admin, { method, path });
    expect(answer.status).toBe(501);
    expect(answer.json.at("kind")).toBe("Status");
  });

  test("an object that is not there is 404, in Kubernetes' words", async () => {
    const answer = await get("/api/v1/namespaces/keda/secrets/none");
    expect(answer.json.value).toMatchObject({ code: 404, reason: "NotFound", message: 'secrets "none" not found' });
  });

  test("API groups that are not installed are 404 in plain text, without a Status", async () => {
    const answer = await get("/apis/cert-manager.io/v1/namespaces/keda/certificates");
    expect(answer.status).toBe(404);
    expect(answer.json.at("kind")).toBeUndefined();
  });

  test("lists leave out kind and apiVersion of built-in items, not of custom ones", async () => {
    const pods = await get(PODS);
    expect(pods.json.at("kind")).toBe("PodList");
    expect(pods.json.at("items", 0, "kind")).toBeUndefined();
    const objects = await get("/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects?limit=1");
    expect(objects.json.at("items", 0, "kind")).toBe("ScaledObject");
    expect(objects.json.at("items", "length")).toBe(1);
  });

  test("the journal tells writes from reads, by user", async () => {
    world.apiServer.journal.clear();
    await get(PODS);
    await send("PATCH", `${DEPLOYMENTS}/none`, {}, MERGE);
    expect(world.apiServer.journal.writes("kubernetes-admin").map(({ method, status }) => [method, status])).toEqual([
      ["PATCH", 404],
    ]);
    expect(world.apiServer.journal.writes("system:serviceaccount:keda-medic:keda-medic-respond")).toEqual([]);
  });

  test("it can be down, lose an answer after the work is done, and come back", async () => {
    const path = `${INCIDENTS}`;
    world.apiServer.beforeAnswer = (call) => (call.info.verb === "create" ? "kill" : "send");
    await expect(send("POST", path, { metadata: { name: "lost" } })).rejects.toThrow();
    world.apiServer.beforeAnswer = () => "send";
    expect((await get(`${path}/lost`)).status).toBe(200);
    await world.cutNetwork("apiserver");
    await expect(get(PODS)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await world.healNetwork();
    expect((await get(PODS)).status).toBe(200);
  });
});

describe("paging", () => {
  const SELECTED = `${HPAS}?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dkeda-operator&limit=3`;

  test("pages follow each other by an opaque token", async () => {
    const names: unknown[] = [];
    let token = "";
    do {
      const page = await get(`${SELECTED}&continue=${token}`);
      names.push(...(page.json.at("items") as { metadata: { name: string } }[]).map((item) => item.metadata.name));
      token = String(page.json.at("metadata", "continue") ?? "");
    } while (token !== "");
    expect([...names].sort()).toEqual(scaled.map(({ name }) => `keda-hpa-${name}`));
  });

  test("a selector that fits nothing gives an empty list", async () => {
    expect((await get(`${HPAS}?labelSelector=team%3Dnone`)).json.at("items")).toEqual([]);
    expect((await get(`${HPAS}?labelSelector=scaledobject.keda.sh/name`)).json.at("items", "length")).toBe(7);
  });

  test("a token that is too old is 410 Expired", async () => {
    const token = (await get(SELECTED)).json.at("metadata", "continue");
    world.expireContinueTokens();
    expect((await get(`${SELECTED}&continue=${token}`)).json.value).toMatchObject({ code: 410, reason: "Expired" });
  });
});

describe("writes", () => {
  const patchOf = (metadata: object, at: string) => ({
    metadata,
    spec: { template: { metadata: { annotations: { "kedamedic.dev/restarted-at": at } } } },
  });

  test("a patch with a resourceVersion that has passed is 409, one with another uid is 422", async () => {
    const path = `${DEPLOYMENTS}/keda-operator`;
    const stale = await send("PATCH", path, patchOf({ resourceVersion: "1" }, "x"), MERGE);
    expect(stale.json.value).toMatchObject({
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on deployments.apps "keda-operator": the object has been modified; please apply your changes to the latest version and try again',
    });
    const foreign = await send("PATCH", path, patchOf({ uid: "another" }, "x"), MERGE);
    expect(foreign.json.value).toMatchObject({
      code: 422,
      reason: "Invalid",
      // kube-apiserver 1.36.3 tells the same cause twice.
      details: { causes: [{ field: "metadata.uid" }, { field: "metadata.uid" }] },
    });
    expect(await world.rollouts("operator")).toBe(0);
  });

  test.each([MERGE, "application/strategic-merge-patch+json"])(
    "a patch of type %s really rolls out new Pods",
    async (type) => {
      const path = `${DEPLOYMENTS}/keda-metrics-apiserver`;
      const { json } = await get(path);
      const [uid, resourceVersion] = [json.at("metadata", "uid"), json.at("metadata", "resourceVersion")];
      const before = (await world.pods("metrics-apiserver")).map((pod) => pod.metadata.uid);
      const answer = await send("PATCH", path, patchOf({ uid, resourceVersion }, type), type);
      expect(answer.status).toBe(200);
      expect(answer.json.at("metadata", "generation")).toBe(Number(json.at("metadata", "generation")) + 1);
      expect(answer.json.at("spec", "template", "spec")).toEqual(json.at("spec", "template", "spec"));
      await world.until("new Pods only", async () =>
        (await world.pods("metrics-apiserver")).every((pod) => !before.includes(pod.metadata.uid)),
      );
    },
  );

  test("a patch of the metadata alone rolls nothing", async () => {
    const rollouts = await world.rollouts("operator");
    const body = { metadata: { annotations: { "kedamedic.dev/paused": "by me" } } };
    expect((await send("PATCH", `${DEPLOYMENTS}/keda-operator`, body, MERGE)).status).toBe(200);
    expect(await world.rollouts("operator")).toBe(rollouts);
  });

  test("a Pod is deleted only with its own uid, and with the grace asked for", async () => {
    const [pod] = await world.pods("metrics-apiserver");
    const path = `${PODS}/${pod?.metadata.name}`;
    const refused = await send("DELETE", path, { preconditions: { uid: "another" } });
    expect(refused.json.at("message")).toContain(
      "the UID in the precondition (another) does not match the UID in record",
    );
    const taken = await send("DELETE", path, { preconditions: { uid: pod?.metadata.uid }, gracePeriodSeconds: 1 });
    expect(taken.json.at("metadata", "deletionGracePeriodSeconds")).toBe(1);
    await world.until("the Pod to be gone", async () =>
      (await world.pods("metrics-apiserver")).every(({ metadata }) => metadata.uid !== pod?.metadata.uid),
    );
  });

  test("of two writers who read the same version one wins", async () => {
    const created = await send("POST", INCIDENTS, { metadata: { name: "race" }, spec: { n: 0 } });
    expect(created.status).toBe(201);
    const metadata = { name: "race", resourceVersion: created.json.at("metadata", "resourceVersion") };
    const writes = [1, 2, 3].map((n) => send("PUT", `${INCIDENTS}/race`, { metadata, spec: { n } }));
    const statuses = (await Promise.all(writes)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 409, 409]);
    expect((await send("POST", INCIDENTS, { metadata: { name: "race" } })).json.at("reason")).toBe("AlreadyExists");
    expect((await send("DELETE", `${INCIDENTS}/race`, undefined)).status).toBe(200);
    expect((await get(`${INCIDENTS}/race`)).status).toBe(404);
  });
});

describe("logs", () => {
  const logOf = async (query: string): Promise<string> => {
    const pods = await world.pods("operator");
    return (await get(`${PODS}/${pods[0]?.metadata.name}/log?${query}`)).text;
  };

  test("lines carry RFC 3339 timestamps in nanoseconds when asked for", async () => {
    const [line] = (await logOf("timestamps=true")).split("\n");
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z /);
    expect(await logOf("")).not.toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d/);
  });

  test("the tail is cut at its end by the limit, as kubelet does", async () => {
    const tail = await logOf("tailLines=2");
    expect(tail.trim().split("\n")).toHaveLength(2);
    expect(await logOf("tailLines=2&limitBytes=20")).toBe(tail.slice(0, 20));
  });

  test("a container that is not in the Pod is 400", async () => {
    expect(await logOf("container=none")).toContain("container none is not valid for pod");
  });
});

describe("aggregation", () => {
  test("an external metric comes from a metrics-apiserver Pod", async () => {
    const path =
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/s0-metric-api-value?labelSelector=scaledobject.keda.sh%2Fname%3Dapp-1";
    const answer = await get(path);
    expect(answer.json.value).toMatchObject({
      kind: "ExternalMetricValueList",
      items: [{ metricName: "s0-metric-api-value", value: "5" }],
    });
  });
});
