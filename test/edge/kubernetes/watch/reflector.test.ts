import { afterEach, expect, jest, test } from "@jest/globals";
import { makeAgent } from "../../../../src/edge/kubernetes/agent.ts";
import { kubeClient } from "../../../../src/edge/kubernetes/client.ts";
import { type ReflectorOptions, reflect } from "../../../../src/edge/kubernetes/watch/reflector.ts";
import { accessTo, type Handler, type Received, serve, status, wallClock } from "../server.ts";
import { until } from "../standIn.ts";

const log = { info: () => {}, warn: () => {}, error: () => {} };
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of closing.splice(0).reverse()) await close();
});

const isWatch = ({ url }: Received) => url.includes("watch=true");
const listOf = (names: readonly string[], next = "") => ({
  body: {
    metadata: { resourceVersion: "1", continue: next },
    items: names.map((name) => ({ metadata: { name, namespace: "keda", resourceVersion: "1" } })),
  },
});

/** Reflects Pods of a server that answers by `handler`. */
async function reflecting(handler: Handler, more: Partial<ReflectorOptions> = {}) {
  const server = await serve(handler);
  const client = kubeClient(accessTo(server), { clock: wallClock });
  const agent = makeAgent(client.access);
  const control = new AbortController();
  const changes: string[] = [];
  const done = reflect({
    client,
    agent,
    log,
    watched: {
      what: "Pods",
      path: "/api/v1/namespaces/keda/pods",
      metadataOnly: true,
      digest: ({ metadata }) => metadata.resourceVersion ?? "",
    },
    onChange: (verb, { metadata }) => changes.push(`${verb} ${metadata.name}`),
    onFirst: () => {},
    signal: control.signal,
    backoff: { first: 1, longest: 1 },
    ...more,
  });
  closing.push(async () => {
    control.abort();
    await done;
    agent.destroy();
    client.close();
    await server.close();
  });
  return { server, changes, watches: () => server.received.filter(isWatch).length };
}

test("a list that was cut deletes nothing: what it does not show may come behind the cut", async () => {
  let lists = 0;
  const { changes, watches } = await reflecting((request) => {
    if (isWatch(request)) return status(410, "Expired", "too old");
    if (!request.url.includes("continue")) lists += 1;
    return listOf(lists === 1 ? ["a", "b"] : ["a"], "next");
  });
  await until("the second watch", () => watches() >= 2);
  expect(changes).toEqual([]);
});

test("a watch that held is followed by the next one at once, whatever failed before it", async () => {
  let late = 0;
  const now = performance.now.bind(performance);
  jest.spyOn(performance, "now").mockImplementation(() => now() + late);
  let asked = 0;
  const { watches } = await reflecting(
    (request) => {
      if (!isWatch(request)) return listOf(["a"]);
      asked += 1;
      // The sixth one holds for longer than five seconds.
      if (asked === 6) late += 6000;
      return { body: "" };
    },
    { backoff: { first: 60, longest: 60_000 } },
  );
  await until("the sixth watch", () => watches() >= 6);
  const from = Date.now();
  await until("the seventh watch", () => watches() >= 7);
  expect(Date.now() - from).toBeLessThan(700);
});
