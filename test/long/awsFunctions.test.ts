import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { load } from "js-yaml";
import { startOffline } from "../aws/local/offline.ts";
import { startProcesses } from "../aws/local/processes.ts";
import { type AwsStage, bundle, cluster, openStage, table } from "../aws/local/stage.ts";
import { root } from "../build/build.ts";
import { ceHeaders, recording, recordings } from "../edge/cloudevents/requests.ts";

/** The three functions as they are deployed, against a cluster behind an EKS login and what they use of AWS. */
jest.setTimeout(180_000);

interface Open {
  close(): Promise<void>;
}
const open: Open[] = [];
const opened = <T extends Open>(thing: T): T => {
  open.push(thing);
  return thing;
};

beforeAll(bundle, 120_000);

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const parametersOf = ({ gateway }: AwsStage): Record<string, string> => ({
  cluster,
  mode: "act",
  http: "api",
  endpoint: gateway.url,
  ca: gateway.ca,
});

/** Patches that the API server took; a second one at once is refused by the Deployment's resourceVersion. */
const patches = ({ world }: AwsStage) =>
  world.apiServer.journal.writes().filter(({ method, status }) => method === "PATCH" && status === 200);
const typesOf = ({ amazon }: AwsStage): readonly string[] => amazon.events.map((event) => event["detail-type"]);

describe("osls offline", () => {
  test("takes CloudEvents over HTTP in every mode, ticks and messages by Lambda's invocation API", async () => {
    const stage = opened(await openStage());
    const offline = opened(await startOffline(parametersOf(stage), stage.environment("restart")));
    const post = async (headers: Record<string, string>, body: unknown): Promise<number> =>
      (await fetch(offline.http, { method: "POST", headers, body: JSON.stringify(body) })).status;
    const ce = (headers: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("ce-") || name === "content-type"));
    const data = recording(recordings.selfSigned).find(({ body }) => body.includes("FailedGetExternalMetric"));
    const event = { specversion: "1.0", id: "1", source: "/test", type: "dev.kedamedic.sweep.tick.v1" };
    const structured = { "content-type": "application/cloudevents+json" };
    const batch = { "content-type": "application/cloudevents-batch+json" };
    expect([202, 204]).toContain(await post(ce(data?.headers ?? {}), JSON.parse(data?.body ?? "null")));
    expect([202, 204]).toContain(await post(structured, event));
    expect([202, 204]).toContain(await post(batch, [event, { ...event, id: "2" }]));
    expect(await post(ceHeaders({ "ce-id": undefined }), {})).toBe(400);

    expect(await offline.invoke("sweep", {})).not.toMatchObject({ errorMessage: expect.anything() });
    const record = (messageId: string, body: string) => ({ messageId, body, eventSource: "aws:sqs", attributes: {} });
    const Records = [record("good", JSON.stringify(event)), record("bad", "{")];
    expect(await offline.invoke("respond", { Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "bad" }] });
    expect(stage.gateway.refused()).toBe(0);
  });

  test("heals the incident: events by HTTP, the request and the report by the bus and the queues of the stack", async () => {
    const stage = opened(await openStage());
    const offline = opened(await startOffline(parametersOf(stage), stage.environment("restart")));
    stage.amazon.runBy(offline.invoke);
    stage.world.events.sendTo(offline.http);
    await stage.incident();
    const healed = stage.world.until(
      `recovered\n${offline.output()}`,
      async () => {
        await offline.invoke("sweep", {});
        return typesOf(stage).includes("dev.kedamedic.incident.recovered.v1");
      },
      90_000,
    );
    await healed;
    expect(await stage.allSay("True")).toBe(true);
    expect(await stage.world.rollouts("metrics-apiserver")).toBe(1);
    expect(await stage.world.rollouts("operator")).toBe(0);
    expect(patches(stage)).toHaveLength(1);
    expect(typesOf(stage)).toEqual(
      expect.arrayContaining(["dev.kedamedic.restart.requested.v1", "dev.kedamedic.restart.performed.v1"]),
    );
    expect(stage.amazon.deadLetters).toEqual([]);
  });
});

describe("each function with its own keys and rights", () => {
  interface Role {
    readonly Properties: {
      readonly Policies: readonly {
        readonly PolicyDocument: {
          readonly Statement: readonly { readonly Action: readonly string[]; readonly Condition?: unknown }[];
        };
      }[];
    };
  }
  const { Resources } = load(readFileSync(join(root, "infra/aws/roles.yml"), "utf8")) as {
    readonly Resources: Readonly<Record<string, Role>>;
  };
  const allowed = (name: string): readonly string[] =>
    (Resources[`${name[0]?.toUpperCase()}${name.slice(1)}Role`]?.Properties.Policies ?? [])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(({ Action }) => Action))
      .filter((action) => /^(dynamodb|events):/.test(action))
      .sort();

  test("heals by an event of the exporter and by the schedule, and calls what its role allows, all of it and nothing else", async () => {
    const stage = opened(await openStage());
    const common = {
      KEDA_MEDIC_STORE: "dynamodb",
      KEDA_MEDIC_DYNAMODB_TABLE: table,
      KEDA_MEDIC_EVENT_BUS: table,
      KEDA_MEDIC_EKS_CLUSTER: cluster,
      KEDA_MEDIC_EKS_ENDPOINT: stage.gateway.url,
      KEDA_MEDIC_EKS_CA: stage.gateway.ca,
    };
    const names = ["respond", "restart", "sweep"] as const;
    const functions = opened(
      await startProcesses(Object.fromEntries(names.map((name) => [name, { ...stage.environment(name), ...common }]))),
    );
    stage.amazon.runBy(functions.invoke);
    await stage.incident();
    // What the exporter of a cluster sends: the Event as it is, by the bus.
    const failed = recording(recordings.exporter).find(
      ({ url, body }) => url === "/plain" && body.includes("FailedGetExternalMetric") && body.includes("time allotted"),
    );
    const envelope = { source: "kubernetes-event-exporter", "detail-type": "KubernetesEvent" };
    const message = JSON.stringify({ ...envelope, detail: JSON.parse(failed?.body ?? "null") });
    const told = (type: string, after: () => unknown): Promise<void> =>
      stage.world.until(
        `${type}\n${functions.output()}`,
        async () => {
          await after();
          await new Promise((resolve) => setTimeout(resolve, 1000));
          return typesOf(stage).includes(type);
        },
        90_000,
      );
    // Until respond has asked for the restart nobody else works; then the schedule proves that it helped.
    await told("dev.kedamedic.restart.requested.v1", () => stage.amazon.deliver("EventQueue", message));
    await told("dev.kedamedic.incident.recovered.v1", () =>
      functions.invoke("sweep", { source: "aws.events", "detail-type": "Scheduled Event", detail: {} }),
    );
    expect(patches(stage)).toHaveLength(1);
    expect(await stage.world.rollouts("metrics-apiserver")).toBe(1);
    for (const name of names) {
      const { AWS_ACCESS_KEY_ID: key } = stage.environment(name);
      const called = stage.amazon.calls.filter(({ accessKeyId }) => accessKeyId === key).map(({ action }) => action);
      expect({ name, called: [...new Set(called)].sort() }).toEqual({ name, called: allowed(name) });
    }
    expect(stage.amazon.deadLetters).toEqual([]);
  });
});
