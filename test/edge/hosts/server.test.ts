import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Handled } from "../../../src/edge/hosts/intake.ts";
import { ceHeaders } from "../cloudevents/requests.ts";
import { ask, askRaw, type Host, startHost } from "./raw.ts";

const hosts: Host[] = [];
const start = async (...args: Parameters<typeof startHost>): Promise<Host> => {
  const host = await startHost(...args);
  hosts.push(host);
  return host;
};
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close(0)));
});

const hasIpv6 = Object.values(networkInterfaces()).some((one) => one?.some(({ address }) => address === "::1"));
const event = { headers: ceHeaders(), body: "{}" };

/** Sends an event of so many bytes but for the last one, and hands on what comes back. */
function allButTheEnd(port: number, length: number, onAnswer: (answer: string) => void): Socket {
  const attributes = Object.entries(ceHeaders()).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(port, "127.0.0.1");
  socket.on("data", (data) => onAnswer(String(data)));
  socket.on("error", () => undefined);
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${attributes.join("")}Content-Length: ${length}\r\n\r\n`);
  socket.write(`"${"a".repeat(length - 2)}`);
  return socket;
}

/** A handler that waits until it is let go. */
function held() {
  let release: (outcome: Handled) => void = () => undefined;
  const outcome = new Promise<Handled>((resolve) => {
    release = resolve;
  });
  return { handle: () => outcome, release: (how: Handled = "taken") => release(how) };
}

describe("routes", () => {
  test.each([
    ["GET", "/healthz", 200],
    ["HEAD", "/healthz", 200],
    ["GET", "/readyz", 200],
    ["POST", "/healthz", 400],
    ["GET", "/", 405],
    ["GET", "/healthz?verbose", 200],
    ["POST", "/?a=b", 204],
    ["OPTIONS", "/", 200],
    ["GET", "/metrics", 400],
  ])("%s %s gives %i", async (method, path, status) => {
    const host = await start();
    const headers = method === "POST" ? event.headers : {};
    await expect(ask(host.port, { method, path, headers, body: method === "POST" ? "{}" : "" })).resolves.toMatchObject(
      { status },
    );
  });

  test.each(["127.0.0.1", ...(hasIpv6 ? ["[::1]"] : [])])(
    "without a host every address is listened on: %s",
    async (at) => {
      const host = await start({ host: undefined });
      const answer = await fetch(`http://${at}:${host.port}/healthz`);
      expect(await answer.text()).toBe("ok\n");
    },
  );

  test("a taken port is an error, not a silence", async () => {
    const host = await start();
    await expect(start({ port: host.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("a wrong token is refused without reading the body", async () => {
    const host = await start({ token: "secret" });
    const got = await askRaw(
      host.port,
      "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 100\r\n\r\n{",
    );
    expect(got).toMatch(/^HTTP\/1\.1 403/);
  });
});

describe("bodies", () => {
  const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

  test("one that announces too much is refused before it is sent", async () => {
    const host = await start();
    const got = await askRaw(host.port, `${head}Content-Length: 10000000\r\n\r\n`);
    expect(got).toMatch(/^HTTP\/1\.1 413 .*"code":"BodyTooLarge"/s);
    expect(got).toMatch(/connection: close/i);
  });

  test("one that asks first is told before it sends", async () => {
    const host = await start();
    const refused = await askRaw(host.port, `${head}Expect: 100-continue\r\nContent-Length: 10000000\r\n\r\n`);
    expect(refused).toMatch(/^HTTP\/1\.1 413/);
    const ce = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /t\r\nce-type: t\r\n";
    const taken = await askRaw(
      host.port,
      `${head}${ce}Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    expect(taken.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 100", "HTTP/1.1 204"]);
  });

  test("a chunked one is cut as soon as it is too large, and the sender hears why", async () => {
    const host = await start();
    const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
    const got = await askRaw(
      host.port,
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      ...Array(40).fill(chunk),
      "0\r\n\r\n",
    );
    expect(got).toMatch(/^HTTP\/1\.1 413 .*"code":"BodyTooLarge"/s);
    expect(host.handled).toHaveLength(0);
  });

  test("all together may fill no more than their budget, and give it back", async () => {
    const host = await start({ maxBufferedBytes: 1000 });
    const large = { headers: ceHeaders(), body: JSON.stringify("a".repeat(2000)) };
    await expect(ask(host.port, large)).resolves.toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    for (let i = 0; i < 20; i += 1) {
      await expect(
        ask(host.port, { headers: ceHeaders(), body: JSON.stringify("a".repeat(700)) }),
      ).resolves.toMatchObject({ status: 204 });
    }
    await expect(ask(host.port, large)).resolves.toMatchObject({ status: 503 });
  });

  test("by default eight mebibytes: more senders of large bodies at once are told to come back", async () => {
    const host = await start();
    const answers: string[] = [];
    const senders = Array.from({ length: 10 }, () => allButTheEnd(host.port, 1_400_000, (line) => answers.push(line)));
    while (answers.length < 5) await sleep(10);
    for (const socket of senders.filter(({ writable }) => writable)) socket.write('"');
    while (answers.length < 10) await sleep(10);
    const times = (status: string): number => answers.filter((line) => line.startsWith(`HTTP/1.1 ${status}`)).length;
    expect([times("204"), times("503")]).toEqual([5, 5]);
    for (const socket of senders) socket.destroy();
  });

  test("a sender that leaves half-way costs nothing", async () => {
    const host = await start({ maxBufferedBytes: 1000, maxInFlight: 1 });
    for (let i = 0; i < 5; i += 1) {
      const socket = connect(host.port, "127.0.0.1", () =>
        socket.write(`${head}Content-Length: 900\r\n\r\n${" ".repeat(600)}`),
      );
      await sleep(30);
      socket.destroy();
      await sleep(20);
    }
    await expect(
      ask(host.port, { headers: ceHeaders(), body: JSON.stringify("a".repeat(700)) }),
    ).resolves.toMatchObject({ status: 204 });
    expect(host.handled).toHaveLength(1);
  });
});

describe("load", () => {
  test("one request more than may be in flight is told to come back", async () => {
    const { handle, release } = held();
    const host = await start({ maxInFlight: 2 }, handle);
    const first = [ask(host.port, event), ask(host.port, event)];
    while (host.handled.length < 2) await sleep(5);
    await expect(ask(host.port, event)).resolves.toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    release();
    for (const answered of await Promise.all(first)) expect(answered.status).toBe(204);
    await expect(ask(host.port, event)).resolves.toMatchObject({ status: 204 });
  });

  test("one connection serves many requests", async () => {
    const host = await start();
    const ce = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /t\r\nce-type: t\r\nContent-Type: application/json\r\n";
    const one = `POST / HTTP/1.1\r\nHost: x\r\n${ce}Content-Length: 2\r\n\r\n{}`;
    const got = await askRaw(host.port, one.repeat(50), one.replace("Host", "Connection: close\r\nHost"));
    expect(got.match(/HTTP\/1\.1 204/g)).toHaveLength(51);
  });
});

test("an idle connection is kept for longer than Go's clients keep theirs, and the answer says so", async () => {
  const host = await start();
  const { headers } = await fetch(`http://127.0.0.1:${host.port}/healthz`);
  const [, seconds] = /timeout=(\d+)/.exec(headers.get("keep-alive") ?? "") ?? [];
  expect(Number(seconds)).toBeGreaterThan(90);
});

describe("closing", () => {
  test("lets requests in flight finish, says it is not ready, and takes no new connection", async () => {
    const { handle, release } = held();
    const host = await start({}, handle);
    const pending = ask(host.port, event);
    while (host.handled.length < 1) await sleep(5);
    const closed = host.close(5000);
    await expect(ask(host.port, event)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    release();
    await expect(pending).resolves.toMatchObject({ status: 204, headers: { connection: "close" } });
    await closed;
  });

  test("does not wait for idle keep-alive connections", async () => {
    const host = await start();
    const socket = connect(host.port, "127.0.0.1", () => socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
    await new Promise((resolve) => socket.once("data", resolve));
    const ended = new Promise((resolve) => socket.once("close", resolve));
    const from = performance.now();
    await host.close(5000);
    await ended;
    expect(performance.now() - from).toBeLessThan(1000);
  });

  test("cuts what does not finish within the grace", async () => {
    const host = await start({}, () => new Promise(() => undefined));
    const pending = ask(host.port, event).then(
      () => "answered",
      (error: { readonly code: string }) => error.code,
    );
    while (host.handled.length < 1) await sleep(5);
    await host.close(100);
    await expect(pending).resolves.toBe("ECONNRESET");
  });

  test("twice is as good as once", async () => {
    const host = await start();
    await Promise.all([host.close(100), host.close(100)]);
  });
});
