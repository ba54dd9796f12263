import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { chooseProxy } from "../../../src/edge/kubernetes/proxy.ts";
import { accessTo, serve, wallClock } from "./server.ts";
import { until } from "./standIn.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function proxy(answer: 200 | 407): Promise<{ url: URL; asked: (string | undefined)[] }> {
  const asked: (string | undefined)[] = [];
  const server: Server = createServer();
  server.on("connect", (request, socket) => {
    asked.push(request.url, request.headers["proxy-authorization"]);
    if (answer !== 200) return socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`);
    const [host, port] = (request.url ?? "").split(":");
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => void server.close());
  return { url: new URL(`http://user:p%40ss@127.0.0.1:${(server.address() as { port: number }).port}`), asked };
}

/** Takes every connection, and never says a word. */
async function silentProxy(): Promise<{ url: URL; open: () => number }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), open: () => sockets.size };
}

describe("a proxy", () => {
  const pods = { method: "GET", path: "/api/v1/namespaces/keda/pods" } as const;

  test("is tunnelled through, once for many requests, and TLS is still with the API server", async () => {
    const through = await proxy(200);
    const server = await serve(() => ({}));
    const client = kubeClient(accessTo(server, { proxy: through.url }), { clock: wallClock });
    closing.push(server.close, client.close);
    expect(await client.request(pods)).toMatchObject({ ok: true });
    expect(await client.request(pods)).toMatchObject({ ok: true });
    expect(through.asked).toEqual([server.url.host, `Basic ${Buffer.from("user:p@ss").toString("base64")}`]);
  });

  test("that refuses is named", async () => {
    const through = await proxy(407);
    const server = await serve(() => ({}));
    const client = kubeClient(accessTo(server, { proxy: through.url }), { clock: wallClock, backoff: 1 });
    closing.push(server.close, client.close);
    const answer = await client.request(pods);
    expect(answer).toMatchObject({ reason: "Unreachable", detail: expect.stringContaining("answered 407 to CONNECT") });
    expect(JSON.stringify(answer)).not.toContain("p@ss");
  });

  test("that never answers is given up after 2 s, and it is named: not the API server that nobody reached", async () => {
    const through = await silentProxy();
    const client = kubeClient(accessTo({ url: new URL("https://10.0.0.1:6443") }, { proxy: through.url }), {
      clock: wallClock,
    });
    closing.push(client.close);
    expect(await client.request({ ...pods, retries: 0 })).toMatchObject({
      reason: "Unreachable",
      detail: expect.stringContaining(`the proxy ${through.url.host} failed: no answer to CONNECT within 2000 ms`),
    });
    await until("its connection to be closed", () => through.open() === 0);
  });

  test("that never answers is named in what an ordinary request says, however often it was tried", async () => {
    const through = await silentProxy();
    const access = accessTo({ url: new URL("https://10.0.0.1:6443") }, { proxy: through.url });
    const client = kubeClient(access, { clock: wallClock, timeout: 300, backoff: 1 });
    closing.push(client.close);
    expect(await client.request(pods)).toMatchObject({
      reason: "Timeout",
      detail: expect.stringContaining(`no connection from 10.0.0.1:6443 through the proxy ${through.url.host} within`),
    });
  });

  test("that never answers holds no connection of a client that has given up its requests and ended", async () => {
    const through = await silentProxy();
    const client = kubeClient(accessTo({ url: new URL("https://10.0.0.1:6443") }, { proxy: through.url }), {
      clock: wallClock,
      connectTimeout: 100,
    });
    const answers = await Promise.all([1, 2, 3].map(() => client.request({ ...pods, retries: 0 })));
    expect(answers).toEqual(Array(3).fill(expect.objectContaining({ reason: "Timeout" })));
    await until("the proxy to have taken three", () => through.open() === 3);
    client.close();
    await until("every connection to be closed", () => through.open() === 0);
  });

  // Wherever there is no IPv6, too: an address that is understood fails by connecting, one that is not by looking it up.
  test("at an IPv6 address is dialled", async () => {
    const proxy = new URL("http://[::1]:1");
    const client = kubeClient(accessTo({ url: new URL("https://10.0.0.1:6443") }, { proxy }), { clock: wallClock });
    closing.push(client.close);
    expect(await client.request({ ...pods, retries: 0 })).toMatchObject({
      reason: "Unreachable",
      detail: expect.stringMatching(/the proxy \[::1\]:1 failed: connect E[A-Z]+ ::1:1/),
    });
  });

  test.each(["[::1]:6443", "[fd00::1]:443", "10.0.0.1:6443", "api.example:443"])(
    "is asked for %s as it stands in a URL",
    async (authority) => {
      const through = await proxy(407);
      const access = accessTo({ url: new URL(`https://${authority}`) }, { proxy: through.url });
      const client = kubeClient(access, { clock: wallClock });
      closing.push(client.close);
      await client.request({ ...pods, retries: 0 });
      expect(through.asked[0]).toBe(authority);
    },
  );
});

describe("which proxy", () => {
  const server = new URL("https://api.eu.example.com:6443");
  const address = new URL("https://10.96.0.1");
  const env = (noProxy?: string) => ({ httpsProxy: "http://proxy:3128", noProxy });

  test("the kubeconfig's own comes first", () => {
    expect(chooseProxy(server, "https://own:1", env("*"))?.href).toBe("https://own:1/");
  });
  test("none without any", () => {
    expect(chooseProxy(server, undefined, {})).toBeUndefined();
    expect(chooseProxy(server, "", { httpsProxy: "" })).toBeUndefined();
  });
  test("none for plain http", () => {
    expect(chooseProxy(new URL("http://localhost:8001"), undefined, env())).toBeUndefined();
  });
  test.each(["*", "api.eu.example.com", ".example.com", "example.com", "*.example.com", "a, .com"])(
    "NO_PROXY %s exempts a host",
    (noProxy) => expect(chooseProxy(server, undefined, env(noProxy))).toBeUndefined(),
  );
  test.each(["", "i.eu.example.com", ".org", "eu", "10.0.0.0/8"])("NO_PROXY %j does not", (noProxy) => {
    expect(chooseProxy(server, undefined, env(noProxy))?.href).toBe("http://proxy:3128/");
  });
  test("NO_PROXY exempts networks and addresses", () => {
    expect(chooseProxy(address, undefined, env("10.0.0.0/8"))).toBeUndefined();
    expect(chooseProxy(address, undefined, env("10.96.0.1"))).toBeUndefined();
    expect(chooseProxy(new URL("https://[fd00::1]"), undefined, env("fd00::/8"))).toBeUndefined();
    expect(chooseProxy(address, undefined, env("10.0.0.0/16,fd00::/8,10.0.0.0/x"))).toBeDefined();
  });
  test.each(["socks5://proxy:1080", "proxy:3128"])("%s is refused", (url) => {
    expect(() => chooseProxy(server, url)).toThrow("SOCKS is not supported");
  });
});
