import { afterEach, describe, expect, test } from "@jest/globals";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { clusterReader } from "../../../src/edge/kubernetes/reader.ts";
import type { ClusterReader } from "../../../src/ports/cluster.ts";
import { accessTo, type Handler, type Reply, serve, status, type TestServer, wallClock } from "./server.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function reading(handler: Handler): Promise<{ reader: ClusterReader; server: TestServer }> {
  const server = await serve(handler);
  const client = kubeClient(accessTo(server), { clock: wallClock, backoff: 1 });
  closing.push(server.close, client.close);
  return { reader: clusterReader(client), server };
}

const object = (name: string) => ({ metadata: { name } });
const page = (names: string[], next = ""): Reply => ({
  body: { items: names.map(object), metadata: { continue: next } },
});
const logs = { namespace: "keda", pod: "p", tailLines: 100, limitBytes: 1000 };

describe("looks are these requests and no others", () => {
  const list = "limit=500";
  test.each<[string, (reader: ClusterReader) => Promise<unknown>, string]>([
    [
      "apiService",
      (r) => r.apiService("v1beta1.external.metrics.k8s.io"),
      "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io",
    ],
    ["service", (r) => r.service("keda", "s"), "/api/v1/namespaces/keda/services/s"],
    ["deployments", (r) => r.deployments("keda"), `/apis/apps/v1/namespaces/keda/deployments?${list}`],
    ["pods", (r) => r.pods("keda"), `/api/v1/namespaces/keda/pods?${list}`],
    ["secret", (r) => r.secret("keda", "kedaorg-certs"), "/api/v1/namespaces/keda/secrets/kedaorg-certs"],
    ["certificates", (r) => r.certificates("keda"), `/apis/cert-manager.io/v1/namespaces/keda/certificates?${list}`],
    [
      "certificateRequests",
      (r) => r.certificateRequests("keda"),
      `/apis/cert-manager.io/v1/namespaces/keda/certificaterequests?${list}`,
    ],
    [
      "lease",
      (r) => r.lease("keda", "operator.keda.sh"),
      "/apis/coordination.k8s.io/v1/namespaces/keda/leases/operator.keda.sh",
    ],
    [
      "hpas",
      (r) => r.hpas(100),
      "/apis/autoscaling/v2/horizontalpodautoscalers?labelSelector=scaledobject.keda.sh%2Fname&limit=100",
    ],
    ["scaledObjects", (r) => r.scaledObjects("team"), `/apis/keda.sh/v1alpha1/namespaces/team/scaledobjects?${list}`],
    ["logs", (r) => r.logs(logs), "/api/v1/namespaces/keda/pods/p/log?timestamps=true&tailLines=100&limitBytes=1000"],
    [
      "logs of a container",
      (r) => r.logs({ ...logs, container: "c" }),
      "/api/v1/namespaces/keda/pods/p/log?container=c&timestamps=true&tailLines=100&limitBytes=1000",
    ],
    [
      "externalMetric",
      (r) => r.externalMetric("team", "s0-redis", "web"),
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/team/s0-redis?labelSelector=scaledobject.keda.sh%2Fname%3Dweb",
    ],
  ])("%s", async (_, look, url) => {
    const { reader, server } = await reading(() => ({ body: { ...object("x"), items: [] } }));
    const before = Date.now();
    const seen = await look(reader);
    expect(seen).toMatchObject({ seen: true });
    expect((seen as { at: number }).at).toBeGreaterThanOrEqual(before);
    expect(server.received.map((request) => `${request.method} ${request.url}`)).toEqual([`GET ${url}`]);
  });
});

describe("lists", () => {
  test("are read page by page", async () => {
    const { reader, server } = await reading(({ url }) =>
      url.includes("continue=a%2B") ? page(["c"]) : page(["a", "b"], "a+"),
    );
    expect(await reader.pods("keda")).toMatchObject({ seen: true, value: [object("a"), object("b"), object("c")] });
    expect(server.received.map(({ url }) => url.split("?")[1])).toEqual(["limit=500", "limit=500&continue=a%2B"]);
  });

  test("that expire between pages are begun once more", async () => {
    let expired = 0;
    const { reader, server } = await reading(({ url }) => {
      if (!url.includes("continue")) return page([`a${expired}`], "next");
      return expired++ === 0 ? status(410, "Expired", "too old") : page(["b"]);
    });
    expect(await reader.pods("keda")).toMatchObject({ value: [object("a1"), object("b")] });
    expect(server.received).toHaveLength(4);
  });

  test("that expire again and again are given up", async () => {
    const { reader, server } = await reading(({ url }) =>
      url.includes("continue") ? status(410, "Expired", "too old") : page(["a"], "next"),
    );
    expect(await reader.pods("keda")).toMatchObject({ seen: false, reason: "Unreachable" });
    expect(server.received).toHaveLength(4);
  });

  test("end after 20 pages: of HPAs that is a cut sample, of Pods it is nothing", async () => {
    const { reader, server } = await reading(() => page(["a"], "next"));
    expect(await reader.hpas(100)).toMatchObject({ seen: true, value: { more: true } });
    expect(server.received).toHaveLength(20);
    expect(await reader.pods("keda")).toMatchObject({ seen: false, reason: "Malformed" });
    expect(server.received).toHaveLength(40);
  });

  test("of HPAs hold at most what was asked for, and say so", async () => {
    const { reader, server } = await reading(({ url }) => {
      const size = Number(/limit=(\d+)/.exec(url)?.[1]);
      return page(
        Array.from({ length: Math.min(size, 2) }, (_, i) => `h${i}`),
        "next",
      );
    });
    const sample = await reader.hpas(3);
    expect(sample).toMatchObject({ value: { items: [object("h0"), object("h1"), object("h0")], more: true } });
    expect(server.received.map(({ url }) => /limit=\d+/.exec(url)?.[0])).toEqual(["limit=3", "limit=1"]);
    const whole = await reading(() => page(["a", "b", "c"]));
    expect(await whole.reader.hpas(3)).toMatchObject({ value: { items: { length: 3 }, more: false } });
  });

  test.each([{}, { items: "x" }, { items: [{}] }, { items: [null] }, "<html>"])("%j is no list", async (body) => {
    const { reader } = await reading(() => ({ body }));
    expect(await reader.pods("keda")).toMatchObject({ seen: false, reason: "Malformed" });
  });

  test.each([["certificates"], ["certificateRequests"]] as const)("%s without cert-manager", async (look) => {
    const { reader } = await reading(() => ({ status: 404, body: "404 page not found" }));
    expect(await reader[look]("keda")).toEqual({
      seen: false,
      reason: "NotFound",
      detail: "cert-manager is not installed: the API server does not serve cert-manager.io/v1",
    });
  });

  test("of certificates that we may not read say which right is missing", async () => {
    const { reader } = await reading(() => ({ status: 403 }));
    expect(await reader.certificates("keda")).toMatchObject({
      reason: "Forbidden",
      detail: expect.stringContaining("grant verb list on certificates.cert-manager.io"),
    });
  });
});

describe("objects", () => {
  test.each([{}, { metadata: {} }, "<html>", "null", []])("%j is no object", async (body) => {
    const { reader } = await reading(() => ({ body }));
    expect(await reader.service("keda", "s")).toMatchObject({ seen: false, reason: "Malformed" });
  });

  test("that do not exist are NotFound, and a name with dots does not climb", async () => {
    const { reader, server } = await reading(() => status(404, "NotFound", 'services "s" not found'));
    expect(await reader.service("keda", "s")).toMatchObject({ seen: false, reason: "NotFound" });
    expect(await reader.service("..", "s")).toMatchObject({ seen: false, reason: "NotFound" });
    await reader.service("keda", "a/../../b");
    expect(server.received.map(({ url }) => url)).toEqual([
      "/api/v1/namespaces/keda/services/s",
      "/api/v1/namespaces/keda/services/a%2F..%2F..%2Fb",
    ]);
  });
});

describe("logs", () => {
  test("are text", async () => {
    const { reader } = await reading(() => ({ body: "2026-11-23T17:03:02Z ü\n" }));
    expect(await reader.logs(logs)).toMatchObject({ seen: true, value: "2026-11-23T17:03:02Z ü\n" });
  });

  test("of a container that has not started are NotFound", async () => {
    const waiting = 'container "c" in pod "p" is waiting to start: ContainerCreating';
    const { reader } = await reading(() => status(400, "BadRequest", waiting));
    expect(await reader.logs(logs)).toMatchObject({
      seen: false,
      reason: "NotFound",
      detail: expect.stringContaining(waiting),
    });
  });

  test("that kubelet does not hand out are Unreachable", async () => {
    const { reader } = await reading(() => status(500, "InternalError", 'Get "https://node:10250": dial tcp: timeout'));
    expect(await reader.logs(logs)).toMatchObject({ seen: false, reason: "Unreachable" });
  });

  test("may be somewhat longer than asked for, not much", async () => {
    const { reader } = await reading(({ url }) => ({ body: "x".repeat(url.includes("/p/") ? 2000 : 200_000) }));
    expect(await reader.logs(logs)).toMatchObject({ seen: true });
    expect(await reader.logs({ ...logs, pod: "q" })).toMatchObject({ seen: false, reason: "Malformed" });
  });
});

describe("an external metric", () => {
  const ask = async (reply: Reply | "hang" | "reset") => {
    const { reader, server } = await reading(() => reply);
    return { answer: await reader.externalMetric("team", "s0-redis", "web"), requests: server.received.length };
  };

  test("answers with its values", async () => {
    const { answer } = await ask({ body: { items: [{ metricName: "s0-redis", value: "5" }, { value: "7" }] } });
    expect(answer).toMatchObject({ seen: true, value: { status: 200, detail: "5, 7" } });
    expect((await ask({ body: { items: [] } })).answer).toMatchObject({ value: { status: 200, detail: "no value" } });
    expect((await ask({ body: "" })).answer).toMatchObject({ value: { detail: expect.stringContaining("no list") } });
  });

  test.each([
    [504, "the server was unable to return a response in the time allotted"],
    [503, "the server is currently unable to handle the request"],
    [500, "rpc error: code = Unknown desc = error when getting metric values"],
    [404, "the server could not find the requested resource"],
  ])("a %i is an answer, asked for once", async (code, message) => {
    const { answer, requests } = await ask(status(code, "", message));
    expect(answer).toMatchObject({ seen: true, value: { status: code, detail: message } });
    expect(requests).toBe(1);
  });

  test("that we may not read, or that nobody answers, is not seen", async () => {
    expect((await ask({ status: 403 })).answer).toMatchObject({ seen: false, reason: "Forbidden" });
    expect((await ask({ status: 401 })).answer).toMatchObject({ seen: false, reason: "Unauthorized" });
    expect((await ask("reset")).answer).toMatchObject({ seen: false, reason: "Unreachable" });
  });

  test("is not waited for longer than 5 s", async () => {
    const started = performance.now();
    expect((await ask("hang")).answer).toMatchObject({ seen: false, reason: "Timeout" });
    expect(performance.now() - started).toBeGreaterThan(4900);
    expect(performance.now() - started).toBeLessThan(6000);
  });
});
