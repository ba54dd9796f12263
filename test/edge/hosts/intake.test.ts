import { describe, expect, test } from "@jest/globals";
import { refusals } from "../../../src/edge/cloudevents/refusal.ts";
import { answer, type Handled, type IntakeRequest } from "../../../src/edge/hosts/intake.ts";
import { batchType, ceHeaders, envelope } from "../cloudevents/requests.ts";
import { remembering } from "./raw.ts";

const post = (changes: Partial<IntakeRequest> = {}): IntakeRequest => ({
  method: "POST",
  path: "/",
  headers: ceHeaders(),
  body: Buffer.from("{}"),
  ...changes,
});

const batch = (...ids: readonly string[]): IntakeRequest =>
  post({ headers: batchType, body: Buffer.from(JSON.stringify(ids.map((id) => envelope({ id })))) });

const never = async (): Promise<Handled> => {
  throw new Error("must not be called");
};

describe("the status of an event", () => {
  test.each([
    ["taken", 204],
    ["ignored", 204],
    ["inProgress", 409],
    ["parkingFailed", 503],
  ] as const)("that is %s is %i", async (outcome, status) => {
    const reply = await answer(post(), async () => outcome, { log: remembering().log });
    expect(reply.status).toBe(status);
    if (status === 204) expect(reply).toEqual({ status: 204, headers: {} });
    else expect(JSON.parse(reply.body ?? "")).toMatchObject({ status, code: expect.any(String) });
    expect(reply.headers["retry-after"]).toBe(status === 204 ? undefined : "5");
  });

  test.each([
    [["taken", "ignored"], 204],
    [["taken", "inProgress", "ignored"], 409],
    [["inProgress", "parkingFailed", "taken"], 503],
    [[], 204],
  ] as const)("batch of %j is the worst: %i", async (outcomes, status) => {
    const seen: string[] = [];
    const handle = async ({ id }: { readonly id: string }): Promise<Handled> => {
      seen.push(id);
      return outcomes[Number(id)] ?? "taken";
    };
    const reply = await answer(batch(...Object.keys(outcomes)), handle, { log: remembering().log });
    expect(reply.status).toBe(status);
    expect(seen).toEqual(Object.keys(outcomes));
  });

  test("that nobody could handle is 503, and only the error's code is logged", async () => {
    const { lines, log } = remembering();
    const handle = (): Promise<Handled> =>
      Promise.reject(Object.assign(new Error("token=hunter2"), { code: "ECONNREFUSED" }));
    const reply = await answer(post(), handle, { log });
    expect(reply.status).toBe(503);
    expect(lines).toEqual([{ level: "error", message: "handling an event failed", fields: { code: "ECONNREFUSED" } }]);
    expect(reply.body).not.toContain("hunter2");
  });

  test("is 503 too when the handler throws before it promises anything", async () => {
    const handle = (): Promise<Handled> => {
      throw "not even an error";
    };
    await expect(answer(post(), handle, { log: remembering().log })).resolves.toMatchObject({ status: 503 });
  });
});

describe("problems", () => {
  test.each(Object.entries(refusals))(
    "%s fits a dead letter: at most 1 KB, typed, without input",
    async (code, refusal) => {
      const { problemReply } = await import("../../../src/edge/hosts/problem.ts");
      const { headers, body = "" } = problemReply(refusal);
      expect(headers).toEqual({ "content-type": "application/problem+json" });
      expect(Buffer.byteLength(body)).toBeLessThan(1024);
      const { status, sentence } = refusal;
      expect(JSON.parse(body)).toEqual({
        type: "about:blank",
        title: expect.any(String),
        status,
        code,
        detail: sentence,
      });
    },
  );

  test("refused events are logged by code alone", async () => {
    const { lines, log } = remembering();
    const request = post({ body: Buffer.from("hunter2") });
    const reply = await answer(request, never, { log });
    expect(reply.status).toBe(400);
    expect(reply.body).not.toContain("hunter2");
    expect(lines).toEqual([{ level: "warn", message: "request refused", fields: { code: "NotJson", status: 400 } }]);
  });

  test.each([
    ["GET", "/", 405],
    ["PUT", "/", 405],
    ["DELETE", "/", 405],
    ["POST", "/events", 400],
    ["GET", "/events", 400],
  ])("%s %s is %i", async (method, path, status) => {
    const reply = await answer(post({ method, path }), never, { log: remembering().log });
    expect(reply.status).toBe(status);
    expect(reply.headers["allow"]).toBe(status === 405 ? "POST, OPTIONS" : undefined);
  });
});

describe("OPTIONS", () => {
  const options = (headers: Record<string, string>) =>
    answer(post({ method: "OPTIONS", headers, body: Buffer.alloc(0) }), never, { log: remembering().log, token: "t" });

  test("is the webhook handshake: everybody may send, without a token and without a call back", async () => {
    const headers = { "WebHook-Request-Origin": "evil.example", "webhook-request-callback": "http://evil.example/" };
    await expect(options(headers)).resolves.toEqual({
      status: 200,
      headers: { allow: "POST, OPTIONS", "webhook-allowed-origin": "*" },
    });
  });

  test("answers a wanted rate", async () => {
    const headers = { "webhook-request-origin": "a", "webhook-request-rate": "120" };
    await expect(options(headers)).resolves.toMatchObject({ headers: { "webhook-allowed-rate": "*" } });
  });

  test("without an origin only names the methods", async () => {
    await expect(options({})).resolves.toEqual({ status: 200, headers: { allow: "POST, OPTIONS" } });
  });
});

describe("a shared token", () => {
  test.each([
    [undefined, 401],
    ["", 401],
    ["Basic c2VjcmV0", 401],
    ["Basic dTpw Bearer secret", 401],
    ["XBearer secret", 401],
    ["Bearer", 401],
    ["Bearer wrong", 403],
    ["Bearer secret2", 403],
    ["Bearer secre", 403],
    ["Bearer secret", 204],
    ["bearer secret", 204],
  ])("with %j gives %i", async (authorization, status) => {
    const headers = { ...ceHeaders(), ...(authorization === undefined ? {} : { authorization }) };
    const reply = await answer(post({ headers }), async () => "taken", { log: remembering().log, token: "secret" });
    expect(reply.status).toBe(status);
    expect(reply.headers["www-authenticate"]).toBe(status === 401 ? "Bearer" : undefined);
  });

  test("is found where the host keeps the case of its headers", async () => {
    const headers = { ...ceHeaders(), Authorization: "Bearer secret" };
    await expect(
      answer(post({ headers }), async () => "taken", { log: remembering().log, token: "secret" }),
    ).resolves.toMatchObject({ status: 204 });
  });

  test("comes before the body: nobody learns what is wrong with an event without it", async () => {
    const reply = await answer(post({ body: Buffer.from("{") }), never, { log: remembering().log, token: "secret" });
    expect(reply.status).toBe(401);
  });
});
