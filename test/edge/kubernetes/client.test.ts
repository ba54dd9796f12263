import { createServer } from "node:net";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import type { ClusterAccess } from "../../../src/edge/kubernetes/access.ts";
import { type ClientSettings, type KubeClient, kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { accessTo, type Handler, type Reply, serve, status, type TestServer, wallClock } from "./server.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function talking(
  handler: Handler,
  access: Partial<ClusterAccess> = {},
  settings: Partial<ClientSettings> = {},
): Promise<{ client: KubeClient; server: TestServer }> {
  const server = await serve(handler);
  const client = kubeClient(accessTo(server, access), { clock: wallClock, backoff: 5, ...settings });
  closing.push(server.close, client.close);
  return { client, server };
}

/** Replies one after the other, the last one for ever. */
function inTurn(...replies: readonly (Reply | "hang" | "reset")[]): Handler {
  let i = 0;
  return () => replies[Math.min(i++, replies.length - 1)] ?? {};
}

const pods = { method: "GET", path: "/api/v1/namespaces/keda/pods" } as const;
const patch = { method: "PATCH", path: "/apis/apps/v1/namespaces/keda/deployments/d", body: {} } as const;

describe("one request", () => {
  test("uses one connection for all", async () => {
    const { client, server } = await talking(() => ({}));
    for (let i = 0; i < 5; i++) expect(await client.request(pods)).toMatchObject({ ok: true });
    expect(server.connections()).toBe(1);
    expect(client.stats).toEqual({ requests: 5, retries: 0, bytesRead: 10 });
  });

  test("sends the token, JSON, and the query encoded", async () => {
    const { client, server } = await talking(() => ({}));
    await client.request({ ...patch, body: { a: "ü" }, query: { labelSelector: "a/b=c", none: undefined } });
    expect(server.received[0]).toMatchObject({
      url: `${patch.path}?labelSelector=a%2Fb%3Dc`,
      body: '{"a":"ü"}',
      headers: { authorization: "Bearer cached-token", "content-type": "application/json", "user-agent": "keda-medic" },
    });
  });

  test("keeps the path of the server as a prefix", async () => {
    const server = await serve(() => ({}));
    const client = kubeClient(accessTo({ url: new URL("/k8s/clusters/c-1/", server.url) }), { clock: wallClock });
    closing.push(server.close, client.close);
    await client.request(pods);
    expect(server.received[0]?.url).toBe(`/k8s/clusters/c-1${pods.path}`);
  });

  test.each(["/api/v1/namespaces/../pods", "/api/v1/namespaces//pods", "/api/v1/namespaces/./pods"])(
    "is not sent to %s",
    async (path) => {
      const { client, server } = await talking(() => ({}));
      expect(await client.request({ method: "GET", path })).toMatchObject({ ok: false, reason: "NotFound" });
      expect(server.received).toHaveLength(0);
    },
  );

  test("overwrites the pieces that an answer came in: one of them may have held a private key", async () => {
    const { client } = await talking(() => ({ body: { data: { "tls.key": "c2VjcmV0" } } }));
    const concat = jest.spyOn(Buffer, "concat");
    try {
      const answer = await client.request(pods);
      const whole = answer.ok ? answer.body : undefined;
      const joined = concat.mock.results.findIndex(({ value }) => value === whole);
      const pieces = concat.mock.calls[joined]?.[0] ?? [];
      expect(whole?.toString()).toContain("c2VjcmV0");
      expect(pieces.length).toBeGreaterThan(0);
      for (const piece of pieces) expect(piece.every((byte) => byte === 0)).toBe(true);
    } finally {
      concat.mockRestore();
    }
  });

  test("does not read more than its limit", async () => {
    const { client } = await talking(() => ({ body: "x".repeat(5000) }));
    const answer = await client.request({ ...pods, limitBytes: 4999 });
    expect(answer).toEqual({ ok: false, reason: "Malformed", detail: "the answer is larger than 4999 bytes" });
    expect(client.stats.requests).toBe(1);
  });
});

describe("repeating", () => {
  test.each([[status(500, "InternalError", "etcd")], [status(503, "", "")], ["reset" as const]])(
    "a GET after %j",
    async (failure) => {
      const { client } = await talking(inTurn(failure, {}));
      expect(await client.request(pods)).toMatchObject({ ok: true });
      expect(client.stats).toMatchObject({ requests: 2, retries: 1 });
    },
  );

  test("waits as long as Retry-After asks", async () => {
    const busy = { ...status(429, "TooManyRequests", "slow down"), headers: { "retry-after": "1" } };
    const { client } = await talking(inTurn(busy, {}));
    const started = performance.now();
    expect(await client.request(pods)).toMatchObject({ ok: true });
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  test("does not wait beyond its own time for Retry-After", async () => {
    const { client } = await talking(() => ({ status: 429, headers: { "retry-after": "3600" } }));
    const started = performance.now();
    expect(await client.request(pods)).toMatchObject({ ok: false, reason: "Unreachable", status: 429 });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(client.stats.requests).toBe(1);
  });

  test("ends after three repetitions, however many are asked for", async () => {
    const { client } = await talking(() => ({ status: 500 }));
    await client.request({ ...pods, retries: 99 });
    expect(client.stats).toMatchObject({ requests: 4, retries: 3 });
  });

  test.each([400, 403, 404, 409, 422])("does not repeat after %i", async (code) => {
    const { client } = await talking(() => ({ status: code }));
    await client.request(pods);
    expect(client.stats.requests).toBe(1);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"] as const)("never repeats a %s", async (method) => {
    for (const failure of [{ status: 500 }, { status: 429, headers: { "retry-after": "0" } }, "reset"] as const) {
      const { client, server } = await talking(() => failure);
      expect(await client.request({ ...patch, method, retries: 3 })).toMatchObject({ ok: false });
      expect(server.received).toHaveLength(1);
    }
  });
});

describe("time", () => {
  test("ends a request that is not answered", async () => {
    const { client } = await talking(() => "hang");
    const started = performance.now();
    const answer = await client.request({ ...pods, timeout: 150 });
    expect(answer).toMatchObject({ ok: false, reason: "Timeout", detail: expect.stringContaining("150 ms") });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("holds over all repetitions", async () => {
    const { client } = await talking(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { status: 500 };
    });
    await client.request({ ...pods, retries: 3, timeout: 250 });
    expect(client.stats.requests).toBeLessThan(4);
  });

  test("ends a connection on which TLS never begins", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };
    closing.push(() => void silent.close());
    const client = kubeClient(accessTo({ url: new URL(`https://127.0.0.1:${port}`) }), {
      clock: wallClock,
      connectTimeout: 100,
    });
    const answer = await client.request({ ...pods, retries: 0 });
    expect(answer).toMatchObject({ reason: "Timeout", detail: expect.stringContaining("no connection") });
  });

  test("a request that waited for another one's connection is connected, and leaves nothing behind on it", async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error) => warnings.push(name);
    process.on("warning", note);
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1300));
      return { body: {} };
    };
    const { client } = await talking(slow);
    // 16 connections at most: the others get theirs in time, and their answer after the time to connect.
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.request({ ...pods, retries: 0 })));
    expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => true));
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  test("to connect does not count once there is a connection, new or kept", async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return {};
    };
    const { client, server } = await talking(slow, {}, { connectTimeout: 100 });
    for (let i = 0; i < 2; i++) expect(await client.request({ ...pods, retries: 0 })).toMatchObject({ ok: true });
    expect(server.connections()).toBe(1);
  });

  test("nobody there is Unreachable", async () => {
    const client = kubeClient(accessTo({ url: new URL("https://127.0.0.1:1") }), { clock: wallClock, backoff: 1 });
    expect(await client.request(pods)).toMatchObject({
      reason: "Unreachable",
      detail: expect.stringMatching(/127.0.0.1:1/),
    });
  });
});

describe("trust", () => {
  test("refuses a server of another CA, once", async () => {
    const other = (await import("../../../src/sandbox/pki/keda.ts")).mintSelfSignedPair({
      notBefore: 0,
      notAfter: Date.now() + 1e9,
    });
    const { client } = await talking(() => ({}), { ca: other.caCrt });
    expect(await client.request(pods)).toMatchObject({
      reason: "Unreachable",
      detail: expect.stringMatching(/not trusted/),
    });
    expect(client.stats.requests).toBe(1);
  });

  test("refuses a server of another name, and takes the name it is told", async () => {
    const named = async (serverName: string) => {
      const { client } = await talking(() => ({}), { serverName });
      return client.request(pods);
    };
    expect(await named("other.test")).toMatchObject({
      reason: "Unreachable",
      detail: expect.stringMatching(/not trusted/),
    });
    expect(await named("api.test")).toMatchObject({ ok: true });
  });

  test("trusts anyone where the kubeconfig says so", async () => {
    const server = await serve(() => ({}));
    const { ca: _, ...access } = accessTo(server, { insecureSkipTlsVerify: true });
    const client = kubeClient(access, { clock: wallClock });
    closing.push(server.close, client.close);
    expect(await client.request(pods)).toMatchObject({ ok: true });
  });
});

describe("a refused token", () => {
  const unauthorized = status(401, "Unauthorized", "Unauthorized");
  const rotating = { token: async (how = "cached") => `${how}-token` };

  test.each([pods, patch])("is read again once, for $method", async (call) => {
    const { client, server } = await talking(
      ({ headers }) => (headers.authorization === "Bearer fresh-token" ? {} : unauthorized),
      rotating,
    );
    expect(await client.request(call)).toMatchObject({ ok: true });
    expect(server.received).toHaveLength(2);
  });

  test("twice is Unauthorized, and no sentence holds it", async () => {
    const { client, server } = await talking(() => unauthorized, rotating);
    const answer = await client.request(pods);
    expect(answer).toMatchObject({
      reason: "Unauthorized",
      status: 401,
      detail: expect.stringMatching(/does not accept our credentials/),
    });
    expect(server.received).toHaveLength(2);
    expect(JSON.stringify(answer)).not.toContain("-token");
  });

  test("that cannot be read is Unauthorized in its own words", async () => {
    const { client } = await talking(() => ({}), { token: () => Promise.reject(new Error("the token file is gone")) });
    expect(await client.request(pods)).toEqual({ ok: false, reason: "Unauthorized", detail: "the token file is gone" });
  });
});

describe("a refusal names", () => {
  test.each([
    [
      "the API server's words and the rule",
      pods,
      status(
        403,
        "Forbidden",
        'pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "keda"',
      ),
      'cannot list resource "pods" in API group "" in the namespace "keda": grant verb list on pods',
    ],
    [
      "what we asked for where the answer says nothing",
      { method: "GET", path: "/apis/cert-manager.io/v1/namespaces/keda/certificates" },
      { status: 403, body: "Forbidden" },
      'cannot list resource "certificates" in API group "cert-manager.io" in the namespace "keda": grant verb list on certificates.cert-manager.io',
    ],
    [
      "subresources",
      { method: "GET", path: "/api/v1/namespaces/keda/pods/p/log" },
      { status: 403, body: "" },
      'cannot get resource "pods/log" in API group "" in the namespace "keda": grant verb get on pods/log',
    ],
    [
      "cluster scope",
      { method: "GET", path: "/apis/autoscaling/v2/horizontalpodautoscalers" },
      { status: 403, body: "" },
      'cannot list resource "horizontalpodautoscalers" in API group "autoscaling" at the cluster scope: grant verb list on horizontalpodautoscalers.autoscaling',
    ],
    [
      "an admission controller's own reason",
      patch,
      status(403, "Forbidden", 'admission webhook "x" denied the request: frozen'),
      'admission webhook "x" denied the request: frozen',
    ],
    [
      "what was not found",
      { method: "GET", path: "/api/v1/namespaces/keda/services/s" },
      status(404, "NotFound", 'services "s" not found', { name: "s", kind: "services" }),
      'get services s: services "s" not found (404)',
    ],
  ] as const)("%s", async (_, call, reply, detail) => {
    const { client } = await talking(() => reply);
    expect(await client.request(call)).toMatchObject({ ok: false, detail });
  });
});
