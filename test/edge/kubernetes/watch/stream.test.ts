import { Agent, createServer } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type Ending, openWatch, type WatchType } from "../../../../src/edge/kubernetes/watch/stream.ts";
import { type Listening, listening } from "../../hosts/listening.ts";

const agent = new Agent();
let server: Listening | undefined;
afterEach(() => server?.close());

interface Watched {
  readonly handed: { readonly type: WatchType; readonly name: unknown; readonly version: unknown }[];
  readonly ending: Ending;
}

/** What a watch makes of these lines of an API server that keeps the connection open behind them. */
async function watched(...lines: readonly string[]): Promise<Watched> {
  server = await listening(
    createServer((_req, res) => {
      res.writeHead(200).write(lines.map((line) => `${line}\n`).join(""));
    }),
  );
  const handed: Watched["handed"] = [];
  const access = {
    server: new URL(server.url),
    clusterName: "test",
    insecureSkipTlsVerify: false,
    token: async () => undefined,
  };
  const call = { access, agent, path: "/api/v1/pods", query: {}, accept: "application/json", length: 60_000 };
  const { ended } = openWatch(call, (type, { metadata: { name, namespace, resourceVersion: version } }) => {
    if (namespace !== undefined) throw new Error(`no namespace: ${namespace}`);
    handed.push({ type, name, version });
  });
  return { ending: await ended, handed };
}

const pod = (type: WatchType, name: string, version: string): string =>
  JSON.stringify({ type, object: { metadata: { name, resourceVersion: version } } });
const expired = JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });

describe("a watch", () => {
  test.each([
    '{"type":"ADDED","object":{"metadata":{}}}',
    '{"type":"ADDED","object":{"metadata":{"name":5}}}',
    '{"type":"MODIFIED","object":{"metadata":null}}',
    '{"type":"DELETED","object":{}}',
    '{"type":"ADDED","object":null}',
    '{"type":"ADDED"}',
    '{"type":"BOOKMARK","object":{"metadata":null}}',
    '{"type":"BOOKMARK","object":null}',
    '{"type":"BOOKMARK"}',
    '{"type":"NEW","object":{"metadata":{"name":"a"}}}',
    "{}",
    "null",
    "[]",
    "5",
    "no JSON",
  ])("is broken by %s, and hands nothing on from there", async (line) => {
    expect(await watched(line, pod("ADDED", "behind", "9"))).toEqual({
      ending: { why: "broken", detail: "a line that is no watch event" },
      handed: [],
    });
  });

  test("is broken, and not the process, by an object that its reader cannot read", async () => {
    const odd = '{"type":"ADDED","object":{"metadata":{"name":"a","namespace":null}}}';
    expect(await watched(pod("ADDED", "first", "8"), odd, pod("ADDED", "behind", "9"))).toEqual({
      ending: { why: "broken", detail: "a watch event that cannot be read: no namespace: null" },
      handed: [{ type: "ADDED", name: "first", version: "8" }],
    });
  });

  test.each(['{"type":"ERROR"}', '{"type":"ERROR","object":null}', '{"type":"ERROR","object":{"message":null}}'])(
    "is broken by an error that says nothing: %s",
    async (line) => {
      expect(await watched(line, pod("ADDED", "behind", "9"))).toEqual({
        ending: { why: "broken", detail: "the API server ended the watch with an error" },
        handed: [],
      });
    },
  );

  test("is told of every object, and of a bookmark, which has a version and no name, until its version is too old", async () => {
    const bookmark = JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "8" } } });
    const lines = [pod("ADDED", "a", "5"), pod("MODIFIED", "a", "6"), pod("DELETED", "a", "7"), bookmark, expired];
    expect(await watched(...lines)).toEqual({
      ending: { why: "gone" },
      handed: [
        { type: "ADDED", name: "a", version: "5" },
        { type: "MODIFIED", name: "a", version: "6" },
        { type: "DELETED", name: "a", version: "7" },
        { type: "BOOKMARK", name: undefined, version: "8" },
      ],
    });
  });
});
