import { request } from "node:https";
import { expect, test } from "@jest/globals";
import type { Kubeconfig } from "../../src/sandbox/world.ts";
import { pass, play } from "./fast.ts";

interface Forwarded {
  readonly status: number;
  /** What came on each channel, port number included. */
  readonly channels: Readonly<Record<number, Buffer>>;
}

/** Opens a port-forward, waits a moment, and says what came. */
function forward({ server, ca, token }: Kubeconfig, path: string, wait: Promise<void>): Promise<Forwarded> {
  const headers = {
    authorization: `Bearer ${token}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.from("0123456789abcdef").toString("base64"),
    "sec-websocket-protocol": "v4.channel.k8s.io",
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server}${path}`, { ca, headers, agent: false });
    outgoing.on("error", reject);
    outgoing.once("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, channels: {} });
    });
    outgoing.once("upgrade", async (response, socket, head) => {
      const chunks: Buffer[] = [head];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("error", () => undefined);
      await wait;
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, channels: channelsOf(Buffer.concat(chunks)) });
    });
    outgoing.end();
  });
}

/** Frames of a server are not masked; these are short. */
function channelsOf(bytes: Buffer): Record<number, Buffer> {
  const channels: Record<number, Buffer> = {};
  for (let at = 0; at < bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const start = at + (short === 126 ? 4 : 2);
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const message = bytes.subarray(start, start + length);
    const channel = message[0] ?? 0;
    channels[channel] = Buffer.concat([channels[channel] ?? Buffer.alloc(0), message.subarray(1)]);
    at = start + length;
  }
  return channels;
}

test("a port of a Pod is forwarded over a WebSocket, a closed one ends with a word on the error channel", () =>
  play({}, async (world) => {
    const admin = await world.kubeconfig("admin");
    const [pod] = await world.pods("operator");
    const path = `/api/v1/namespaces/keda/pods/${pod?.metadata.name}/portforward`;
    const open = await forward(admin, `${path}?ports=9666`, pass(world, 5_000));
    expect(open).toEqual({ status: 101, channels: { 0: Buffer.from([0xc2, 0x25]), 1: Buffer.from([0xc2, 0x25]) } });
    const closed = await forward(admin, `${path}?ports=9667`, pass(world, 5_000));
    expect(closed.channels[1]?.subarray(2).toString()).toMatch(
      /^an error occurred forwarding 9667 -> 9667: .*ECONNREFUSED/,
    );
    expect((await forward(await world.kubeconfig("nobody"), `${path}?ports=9666`, pass(world, 1))).status).toBe(403);
    expect(
      (await forward(admin, path.replace(/[^/]+\/portforward/, "none/portforward?ports=9666"), pass(world, 1))).status,
    ).toBe(404);
  }));
