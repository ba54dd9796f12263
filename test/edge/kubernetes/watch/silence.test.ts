import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, jest, test } from "@jest/globals";
import { makeAgent } from "../../../../src/edge/kubernetes/agent.ts";
import { openWatch } from "../../../../src/edge/kubernetes/watch/stream.ts";
import { accessTo } from "../server.ts";

afterEach(() => {
  jest.useRealTimers();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What becomes of a watch for five minutes whose server does this, after so many milliseconds of nothing. */
async function endingAfter(silence: number, answer: (response: ServerResponse) => void): Promise<unknown> {
  let asked = false;
  const server = createServer((_request, response) => {
    answer(response);
    asked = true;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const access = accessTo({ url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) });
  const agent = makeAgent(access);
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "performance", "queueMicrotask"] });
  const call = { access, agent, path: "/api/v1/pods", query: {}, accept: "application/json", length: 300_000 };
  let begun = false;
  const watch = openWatch(call, () => {
    begun = true;
  });
  let ending: unknown = "open";
  const ended = watch.ended.then((how) => {
    ending = how;
  });
  const answers = answer !== nothing;
  while (!(answers ? begun : asked)) await turn();
  jest.advanceTimersByTime(silence);
  for (let i = 0; i < 5; i += 1) await turn();
  const found = ending;
  watch.stop();
  await ended;
  agent.destroy();
  server.closeAllConnections();
  server.close();
  return found;
}

const nothing = (): void => undefined;
const bookmark = (response: ServerResponse): void => {
  response.write(`${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "2" } } })}\n`);
};

test.each([
  ["a watch that is not answered within ten seconds", 9_999, nothing, "open"],
  ["a watch that is not answered within ten seconds", 10_000, nothing, { why: "broken", detail: "no answer in time" }],
  ["a watch that is silent half a minute after its end", 329_999, bookmark, "open"],
  [
    "a watch that is silent half a minute after its end",
    330_000,
    bookmark,
    { why: "broken", detail: "no end in time" },
  ],
])("%s is broken, not before: %d ms", async (_, silence, answer, ending) => {
  expect(await endingAfter(silence, answer)).toEqual(ending);
});
