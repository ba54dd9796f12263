import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { type Running, serve } from "../../../src/edge/hosts/node/server.ts";
import { tokenReviewRules } from "../../../src/edge/kubernetes/rbac.ts";
import { tokenReviewer } from "../../../src/edge/kubernetes/tokenReview.ts";
import type { User } from "../../../src/sandbox/apiserver/rbac.ts";
import { type StandIn, standIn } from "./standIn.ts";

const medic: User = { name: "medic", token: "medic", grants: [{ rules: tokenReviewRules.cluster ?? [] }] };
const broker: User = {
  name: "system:serviceaccount:keda-medic:trigger-oidc",
  token: "broker-token",
  audiences: ["keda-medic"],
  grants: [],
};
const stranger: User = { ...broker, name: "system:serviceaccount:shop:web", token: "stranger-token" };
/** A token of somebody whom we listen to, but not for us. */
const elsewhere: User = { ...broker, token: "for-somebody-else", audiences: ["another"] };
const allowed = { audience: "keda-medic", users: [broker.name] };

let world: StandIn;
let running: Running;
let handled: string[];

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

async function post(token?: string) {
  const response = await fetch(`http://127.0.0.1:${running.port}/`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "1",
      "ce-source": "s",
      "ce-type": "dev.kedamedic.sweep.tick.v1",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: "{}",
  });
  const text = await response.text();
  return { status: response.status, code: text === "" ? "" : JSON.parse(text).code, headers: response.headers, text };
}

const reviews = () => world.api.journal.entries.filter(({ path }) => path.endsWith("/tokenreviews")).length;

beforeEach(async () => {
  world = await standIn([medic, broker, stranger, elsewhere]);
  handled = [];
  running = await serve({
    handle: async ({ type }) => {
      handled.push(type);
      return "taken";
    },
    host: "127.0.0.1",
    port: 0,
    log: quiet,
    authorize: tokenReviewer(world.as(medic), allowed),
  });
});
afterEach(async () => {
  await running.close(0);
  await world.close();
});

describe("a caller's own token", () => {
  test("of somebody who may call, for our audience, lets the event in", async () => {
    expect(await post(broker.token)).toMatchObject({ status: 204 });
    expect(handled).toHaveLength(1);
  });

  test.each([
    ["none", undefined, 401, "TokenMissing"],
    ["one that the API server does not know", "made-up", 401, "TokenInvalid"],
    ["one for another audience", elsewhere.token, 401, "TokenInvalid"],
    ["one that is longer than tokens are", "x".repeat(9000), 401, "TokenInvalid"],
    ["that of a stranger", stranger.token, 403, "CallerNotAllowed"],
  ])("%s is refused: %#", async (_, token, status, code) => {
    const answer = await post(token);
    expect(answer).toMatchObject({ status, code });
    expect(answer.text).not.toContain(token ?? "?");
    expect(handled).toEqual([]);
  });

  test("cannot be judged while the API server is away: 503, to be repeated", async () => {
    await world.api.down();
    const answer = await post(broker.token);
    expect(answer).toMatchObject({ status: 503, code: "CallerUnknown" });
    expect(answer.headers.get("retry-after")).toBe("5");
    await world.api.up();
    expect(await post(broker.token)).toMatchObject({ status: 204 });
  });

  test("is asked about once for many events, good or bad", async () => {
    await Promise.all(Array.from({ length: 20 }, () => post(broker.token)));
    for (let i = 0; i < 5; i += 1) await post(stranger.token);
    expect(handled).toHaveLength(20);
    expect(reviews()).toBe(2);
  });

  test("costs no review when there is none", async () => {
    await post();
    expect(reviews()).toBe(0);
  });

  test("that was refused is asked about again after ten seconds, one that may call after a minute", async () => {
    const from = performance.now();
    let second = 0;
    const clock = jest.spyOn(performance, "now").mockImplementation(() => from + second * 1000);
    const verdict = tokenReviewer(world.as(medic), allowed);
    const reviewsAt = async (token: string, at: number) => {
      second = at;
      await verdict(token);
      return reviews();
    };
    try {
      expect(await reviewsAt(stranger.token, 0)).toBe(1);
      expect(await reviewsAt(stranger.token, 9)).toBe(1);
      expect(await reviewsAt(stranger.token, 11)).toBe(2);
      expect(await reviewsAt(broker.token, 0)).toBe(3);
      expect(await reviewsAt(broker.token, 59)).toBe(3);
      expect(await reviewsAt(broker.token, 61)).toBe(4);
    } finally {
      clock.mockRestore();
    }
  });

  test("an API server that answers without audiences has not checked ours", async () => {
    const verdict = tokenReviewer(
      {
        ...world.as(medic),
        request: async () => ({
          ok: true,
          status: 201,
          at: 0,
          body: Buffer.from(JSON.stringify({ status: { authenticated: true, user: { username: broker.name } } })),
        }),
      },
      allowed,
    );
    expect(await verdict("t")).toBe("invalid");
  });
});
