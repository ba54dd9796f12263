import { afterEach, describe, expect, test } from "@jest/globals";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { annotateDeployment, clusterWriter } from "../../../src/edge/kubernetes/writer.ts";
import { accessTo, type Handler, type Reply, serve, status, wallClock } from "./server.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function writing(handler: Handler) {
  const server = await serve(handler);
  const client = kubeClient(accessTo(server), { clock: wallClock, timeout: 300 });
  closing.push(server.close, client.close);
  return { client, writer: clusterWriter(client), server };
}

const guarded = { namespace: "keda", name: "keda-operator", uid: "u-1", resourceVersion: "41" };
const restart = {
  ...guarded,
  component: "operator",
  generation: "f".repeat(64),
  incident: "test.keda.ffff",
  at: Date.UTC(2026, 10, 23, 17, 3, 2, 999),
} as const;
const done: Reply = { body: { metadata: { name: "keda-operator", resourceVersion: "42" } } };

describe("a restart", () => {
  test("is one merge patch of three annotations, guarded by UID and resourceVersion", async () => {
    const { writer, server } = await writing(() => done);
    expect(await writer.restart(restart)).toEqual({ patched: true, resourceVersion: "42" });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: "PATCH",
      url: "/apis/apps/v1/namespaces/keda/deployments/keda-operator?fieldManager=keda-medic",
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({
      metadata: { uid: "u-1", resourceVersion: "41" },
      spec: {
        template: {
          metadata: {
            annotations: {
              "kedamedic.dev/restarted-for": "f".repeat(64),
              "kedamedic.dev/restarted-at": "2026-11-23T17:03:02Z",
              "kedamedic.dev/incident": "test.keda.ffff",
            },
          },
        },
      },
    });
  });

  const immutable = { causes: [{ field: "metadata.uid", message: "field is immutable" }] };
  test.each<[string, Reply | "reset" | "hang"]>([
    ["Conflict", status(409, "Conflict", "the object has been modified")],
    ["Conflict", status(422, "Invalid", "metadata.uid: Invalid value", immutable)],
    ["NotFound", status(404, "NotFound", "gone", { name: "keda-operator" })],
    ["Forbidden", status(403, "Forbidden", "no")],
    ["Forbidden", status(401, "Unauthorized", "no")],
    ["Unreachable", status(500, "InternalError", "etcd")],
    ["Unreachable", status(429, "TooManyRequests", "busy")],
    ["Unreachable", "reset"],
    ["Unreachable", "hang"],
    ["Rejected", status(422, "Invalid", "denied by ValidatingAdmissionPolicy")],
    ["Rejected", status(400, "BadRequest", "no")],
  ])("that fails is %s after one attempt (%j)", async (reason, reply) => {
    const { writer, server } = await writing(() => reply);
    expect(await writer.restart(restart)).toMatchObject({ patched: false, reason });
    expect(server.received.length).toBe(
      reason === "Forbidden" && reply !== "reset" && JSON.stringify(reply).includes("401") ? 2 : 1,
    );
  });

  test("without the right says which", async () => {
    const { writer } = await writing(() => ({ status: 403 }));
    expect(await writer.restart(restart)).toMatchObject({
      detail:
        'cannot patch resource "deployments" in API group "apps" in the namespace "keda": grant verb patch on deployments.apps',
    });
  });
});

describe("ending a Pod", () => {
  const pod = { namespace: "keda", name: "p", uid: "u-2" };
  test("is a DELETE of this very Pod with 1 s of grace", async () => {
    const { writer, server } = await writing(() => ({ body: { metadata: { name: "p", resourceVersion: "7" } } }));
    expect(await writer.endPod(pod)).toEqual({ patched: true, resourceVersion: "7" });
    expect(server.received[0]).toMatchObject({ method: "DELETE", url: "/api/v1/namespaces/keda/pods/p" });
    expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 1,
      preconditions: { uid: "u-2" },
    });
  });

  test("of another UID is a Conflict, of one that is gone NotFound", async () => {
    const conflict = await writing(() => status(409, "Conflict", "Precondition failed: UID in precondition"));
    expect(await conflict.writer.endPod(pod)).toMatchObject({ patched: false, reason: "Conflict" });
    const gone = await writing(() => status(404, "NotFound", "gone"));
    expect(await gone.writer.endPod(pod)).toMatchObject({ patched: false, reason: "NotFound" });
  });
});

test("annotating touches the Deployment's own metadata only, and can take away", async () => {
  const { client, server } = await writing(() => done);
  const annotations = { "kedamedic.dev/paused": "holidays", "kedamedic.dev/approved": null };
  expect(await annotateDeployment(client, { ...guarded, annotations })).toMatchObject({ patched: true });
  expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({
    metadata: { annotations, uid: "u-1", resourceVersion: "41" },
  });
});
