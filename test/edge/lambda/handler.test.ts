import { describe, expect, test } from "@jest/globals";
import type { Handled } from "../../../src/edge/hosts/intake.ts";
import { onlyFrom } from "../../../src/edge/hosts/lambda/otherCluster.ts";
import { StoreError } from "../../../src/ports/store.ts";
import { ceHeaders, envelope } from "../cloudevents/requests.ts";
import { remembering } from "../hosts/raw.ts";
import { bus, functionUrl, queue, scheduled } from "./events.ts";
import { lambdaHost } from "./host.ts";

const kubeEvent = (more: object = {}) => ({
  metadata: { uid: "u", resourceVersion: "7", name: "x", namespace: "shop" },
  involvedObject: { kind: "HorizontalPodAutoscaler", namespace: "shop", name: "keda-hpa-web" },
  reason: "FailedGetExternalMetric",
  message: "m",
  ...more,
});

describe("an event of the bus", () => {
  test("is what event-exporter puts into detail, with the id of the Kubernetes Event and not EventBridge's", async () => {
    const { handler, handled } = lambdaHost();
    expect(await handler(bus(kubeEvent(), "event", "kubernetes-event-exporter"))).toEqual({ outcome: "taken" });
    expect(handled).toMatchObject([{ id: "u.7", type: "io.k8s.core.v1.event.FailedGetExternalMetric" }]);
  });

  test("of AWS itself is none of ours and wakes nobody", async () => {
    const { handler, handled, lines } = lambdaHost();
    const native = bus({ eventName: "UpdateClusterConfig" }, "AWS API Call via CloudTrail", "aws.eks");
    expect(await handler(native)).toEqual({ outcome: "ignored" });
    expect([handled, lines]).toEqual([[], []]);
  });

  test.each([
    ["parkingFailed", "ParkingFailed"],
    ["inProgress", "InProgress"],
  ] as const)("that is %s is thrown, so that Lambda repeats it", async (outcome, code) => {
    const { handler, ended } = lambdaHost(() => outcome);
    await expect(handler(bus(envelope()))).rejects.toMatchObject({ name: "NotTaken", code });
    expect(ended()).toBe(1);
  });

  test("whose handling throws is repeated too, and only a code is logged", async () => {
    const { handler, lines } = lambdaHost(() => {
      throw Object.assign(new Error("token=hunter2"), { code: "ECONNRESET" });
    });
    await expect(handler(bus(envelope()))).rejects.toMatchObject({ code: "ParkingFailed" });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(lines).toMatchObject([{ level: "error", fields: { code: "ECONNRESET" } }]);
  });

  test("that is refused is told and not thrown: repeating cannot mend it", async () => {
    const { handler, lines } = lambdaHost();
    expect(await handler(bus(envelope({ id: "" })))).toEqual({ outcome: "refused", code: "MissingId" });
    expect(lines).toEqual([{ level: "error", message: "an event was refused", fields: { code: "MissingId" } }]);
  });
});

describe("a tick", () => {
  const sweeping = (looked: boolean) => {
    const swept: string[] = [];
    const host = lambdaHost(undefined, {
      sweep: async (round) => {
        swept.push(round);
        return { looked };
      },
    });
    return { ...host, swept };
  };

  test.each([
    ["a rule's schedule", scheduled()],
    ["EventBridge Scheduler", scheduled("aws.scheduler")],
    ["a direct call with nothing", {}],
    ["a direct call that says so", { action: "sweep" }],
    ["a direct call for everything", { action: "sweep", round: "all" }],
  ])("by %s sweeps once", async (_, event) => {
    const { handler, swept } = sweeping(true);
    expect(await handler(event)).toEqual({ outcome: "taken" });
    expect(swept).toEqual(["all"]);
  });

  test("for what has fallen due asks for that and no more", async () => {
    const { handler, swept } = sweeping(true);
    expect(await handler({ action: "sweep", round: "due" })).toEqual({ outcome: "taken" });
    expect(swept).toEqual(["due"]);
  });

  test.each([{ action: "sweep", round: "some" }, { action: "swap" }, { round: "due" }])(
    "of a shape that nobody agreed on is refused: %j",
    async (event) => {
      const { handler, swept } = sweeping(true);
      expect(await handler(event)).toEqual({ outcome: "refused", code: "UnknownShape" });
      expect(swept).toEqual([]);
    },
  );

  test("by a queue sweeps once, and is delivered again when it came to nothing", async () => {
    const good = sweeping(true);
    expect(await good.handler(queue(JSON.stringify(scheduled())))).toEqual({ batchItemFailures: [] });
    expect(good.swept).toEqual(["all"]);
    const bad = sweeping(false);
    expect(await bad.handler(queue(JSON.stringify(scheduled())))).toMatchObject({ batchItemFailures: [{}] });
  });

  test("that came to nothing is thrown: it is counted as an error and repeated", async () => {
    await expect(sweeping(false).handler(scheduled())).rejects.toMatchObject({ code: "ParkingFailed" });
  });

  test("on a store that refuses is thrown with the store's own sentence", async () => {
    const refused = new StoreError("Forbidden", "no permission for dynamodb:Query on table t", { retryable: false });
    const { handler } = lambdaHost(undefined, { sweep: () => Promise.reject(refused) });
    await expect(handler(scheduled())).rejects.toThrow("no permission for dynamodb:Query on table t");
  });

  test("for a function without a timer is ignored, and said", async () => {
    const { handler, lines } = lambdaHost();
    expect(await handler(scheduled())).toEqual({ outcome: "ignored" });
    expect(lines).toMatchObject([{ level: "warn", fields: { code: "NoTimer" } }]);
  });
});

describe("a direct call", () => {
  test("takes a CloudEvent, or a list of them as a pipe hands them over", async () => {
    const { handler, handled } = lambdaHost();
    expect(await handler(envelope({ id: "a" }))).toEqual({ outcome: "taken" });
    expect(await handler([envelope({ id: "b" }), envelope({ id: "c" })])).toEqual({ outcome: "taken" });
    expect(handled.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("takes a pipe's bare list of queue records, each for itself", async () => {
    const { handler } = lambdaHost();
    expect(await handler(queue(JSON.stringify(envelope()), "poison").Records)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m2" }],
    });
  });

  test.each([
    ["a text"],
    [null],
    [undefined],
    [42],
    [{ hello: "world" }],
    [{ Records: [] }],
    [{ Records: [{}] }],
    [[]],
  ])("of %j is refused by code, and does nothing", async (event) => {
    const { handler, handled, lines } = lambdaHost();
    const result = await handler(event);
    expect(handled).toEqual([]);
    if (Array.isArray(event)) expect(result).toEqual({ outcome: "ignored" });
    else {
      expect(result).toEqual({ outcome: "refused", code: "UnknownShape" });
      expect(lines).toMatchObject([{ level: "error", fields: { code: "UnknownShape" } }]);
    }
  });
});

describe("HTTP on AWS", () => {
  const asked = { headers: ceHeaders(), body: "{}" };

  test.each<[Handled, number]>([
    ["taken", 204],
    ["ignored", 204],
    ["otherCluster", 403],
    ["inProgress", 409],
    ["parkingFailed", 503],
  ])("answers %s with %i", async (outcome, status) => {
    expect(await lambdaHost(() => outcome).handler(functionUrl(asked))).toMatchObject({ statusCode: status });
  });

  test("of payload format 1.0 is told what it needs", async () => {
    const { handler, handled } = lambdaHost();
    const answer = await handler({ httpMethod: "POST", path: "/", headers: ceHeaders(), body: "{}" });
    expect(answer).toMatchObject({ statusCode: 400, body: expect.stringContaining("payload format 2.0") });
    expect(handled).toEqual([]);
  });

  test("of 6 MB, Lambda's most, is refused like any body over 1.5 MiB", async () => {
    const body = JSON.stringify({ x: "y".repeat(6 * 1024 * 1024 - 100) });
    expect(await lambdaHost().handler(functionUrl({ headers: ceHeaders(), body }))).toMatchObject({ statusCode: 413 });
  });

  const token = "0123456789abcdef";
  const signed = (event: ReturnType<typeof functionUrl>) => ({
    ...event,
    requestContext: { ...event.requestContext, authorizer: { iam: { userArn: "arn:aws:iam::1:user/x" } } },
  });

  test("asks for the shared token where nobody else has checked the caller", async () => {
    const { handler, handled } = lambdaHost(undefined, { token });
    expect(await handler(functionUrl(asked))).toMatchObject({ statusCode: 401 });
    const wrong = { ...asked, headers: { ...asked.headers, authorization: "Bearer fedcba9876543210" } };
    expect(await handler(functionUrl(wrong))).toMatchObject({ statusCode: 403 });
    const right = { ...asked, headers: { ...asked.headers, authorization: `Bearer ${token}` } };
    expect(await handler(functionUrl(right))).toMatchObject({ statusCode: 204 });
    expect(handled).toHaveLength(1);
  });

  test("needs no token once AWS has verified an IAM signature, which uses the same header", async () => {
    const { handler } = lambdaHost(undefined, { token });
    const sigv4 = { ...asked, headers: { ...asked.headers, authorization: "AWS4-HMAC-SHA256 Credential=..." } };
    expect(await handler(signed(functionUrl(sigv4)))).toMatchObject({ statusCode: 204 });
    // The header alone proves nothing.
    expect(await handler(functionUrl(sigv4))).toMatchObject({ statusCode: 401 });
  });
});

describe("an event of another cluster", () => {
  const serving = (...names: readonly string[]) => {
    const { lines, log } = remembering();
    const seen: string[] = [];
    const handle = onlyFrom(
      names,
      async ({ id }) => {
        seen.push(id);
        return "taken";
      },
      log,
    );
    return { handle, seen, lines };
  };

  test.each([
    ["our own source", envelope({ source: "/kedamedic/other/respond" })],
    ["our own source, encoded", envelope({ source: "/kedamedic/pr%6fd2/respond" })],
    ["the exporter's source", envelope({ source: "/kubernetes-event-exporter/other" })],
    ["the exporter's field", envelope({ data: kubeEvent({ clusterName: "other" }) })],
    ["an attribute", envelope({ cluster: "other" })],
  ])("named by %s is refused: on the bus, in the queue and over HTTP", async (_, event) => {
    const { handle, seen, lines } = serving("prod");
    const { handler } = lambdaHost(undefined, { handle });
    expect(await handler(bus(event))).toEqual({ outcome: "refused", code: "OtherCluster" });
    expect(await handler(queue(JSON.stringify(event)))).toEqual({ batchItemFailures: [{ itemIdentifier: "m1" }] });
    const headers = { "content-type": "application/cloudevents+json" };
    const over = await handler(functionUrl({ headers, body: JSON.stringify(event) }));
    expect(over).toMatchObject({ statusCode: 403, body: expect.stringContaining("OtherCluster") });
    expect(seen).toEqual([]);
    expect(lines[0]).toMatchObject({ level: "error", fields: { code: "OtherCluster", serves: "prod" } });
    expect(JSON.stringify(lines)).not.toContain("other/");
  });

  test.each([
    ["nobody", envelope()],
    ["this cluster", envelope({ source: "/kedamedic/prod/respond" })],
    ["this cluster by its EKS name", envelope({ data: kubeEvent({ clusterName: "eks-prod" }) })],
    ["a path that only looks like one", envelope({ source: "/kedamedic/loopback" })],
    ["an API server", envelope({ source: "https://10.96.0.1:443" })],
  ])("is not one that names %s", async (_, event) => {
    const { handle, seen } = serving("prod", "eks-prod");
    expect(await lambdaHost(undefined, { handle }).handler(bus(event))).toEqual({ outcome: "taken" });
    expect(seen).toEqual(["1"]);
  });
});

describe("a process that is frozen between events", () => {
  test("waits for nothing but its own work, and sends its spans before the answer", async () => {
    const order: string[] = [];
    const { handler } = lambdaHost(
      async (): Promise<Handled> => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push("handled");
        return "taken";
      },
      { end: async () => void order.push("ended") },
    );
    const context = { callbackWaitsForEmptyEventLoop: true };
    await handler(bus(envelope()), context);
    order.push("answered");
    expect(order).toEqual(["handled", "ended", "answered"]);
    expect(context.callbackWaitsForEmptyEventLoop).toBe(false);
  });

  test("takes the same delivery twice: what it means is for the flow to tell", async () => {
    const { handler, handled } = lambdaHost();
    await handler(queue(JSON.stringify(envelope()), JSON.stringify(envelope())));
    expect(handled.map(({ source, id }) => `${source} ${id}`)).toEqual(["/test 1", "/test 1"]);
  });
});
