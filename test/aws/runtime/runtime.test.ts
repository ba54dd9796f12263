import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { bundleLambda } from "../../../scripts/bundleLambda.mjs";
import { ceHeaders, envelope } from "../../edge/cloudevents/requests.ts";
import { type StandIn, startDynalite } from "../../edge/dynamodb/table.ts";
import { type Listening, listening } from "../../edge/hosts/listening.ts";
import { bus, functionUrl, metricFailed, queue, scheduled } from "../../edge/lambda/events.ts";
import { runtimeClient } from "./client.ts";
import { type Environment, startEnvironment } from "./lambda.ts";

const names = ["respond", "restart", "sweep"] as const;
type Name = (typeof names)[number];

const folder = mkdtempSync(join(tmpdir(), "lambda-runtime-"));
let client: string;
let dynamo: StandIn;
let cluster: Listening;
const running: Environment[] = [];

/** A cluster that knows nobody. */
const refusal = JSON.stringify({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  code: 401,
  message: "Unauthorized",
});

beforeAll(async () => {
  client = await runtimeClient();
  for (const name of names) await bundleLambda(`functions/lambda/${name}.ts`, join(folder, name));
  dynamo = await startDynalite();
  cluster = await listening(
    createServer((_, response) => response.writeHead(401, { "content-type": "application/json" }).end(refusal)),
  );
}, 600_000);
afterEach(async () => {
  for (const environment of running.splice(0)) await environment.close();
});
afterAll(async () => {
  await cluster.close();
  await dynamo.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As Lambda starts it; an empty variable counts as unset. */
async function start(name: Name, more: Readonly<Record<string, string>> = {}): Promise<Environment> {
  const env = {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "ASIA1",
    AWS_SECRET_ACCESS_KEY: "hunter2",
    AWS_SESSION_TOKEN: "session",
    AWS_ENDPOINT_URL: dynamo.url,
    KEDA_MEDIC_MODE: "act",
    KEDA_MEDIC_STORE: "dynamodb",
    KEDA_MEDIC_DYNAMODB_TABLE: await dynamo.table(),
    KEDA_MEDIC_EVENT_BUS: "medic",
    KEDA_MEDIC_EKS_CLUSTER: "prod",
    KEDA_MEDIC_EKS_ENDPOINT: cluster.url,
    KEDA_MEDIC_EKS_CA: "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n",
    ...more,
  };
  const environment = await startEnvironment({ client, bundle: join(folder, name), name, env });
  running.push(environment);
  return environment;
}

describe.each(names)("%s under AWS's own runtime client", (name) => {
  test("starts, and answers one event after the other in the same process", async () => {
    const environment = await start(name);
    const http = await environment.invoke(functionUrl({ headers: ceHeaders(), body: "{}" }));
    expect(http).toMatchObject({ path: "response", body: { statusCode: 204 } });
    expect(await environment.invoke(bus({}, "AWS API Call via CloudTrail", "aws.ec2"))).toMatchObject({
      path: "response",
      body: { outcome: "ignored" },
    });
    expect(await environment.invoke(queue("{", JSON.stringify(envelope())))).toMatchObject({
      path: "response",
      body: { batchItemFailures: [{ itemIdentifier: "m1" }] },
    });
    expect(await environment.invoke("nonsense")).toMatchObject({ body: { outcome: "refused", code: "UnknownShape" } });
    expect(environment.output()).not.toContain("hunter2");
  });

  test("that cannot start tells Lambda every variable that is wrong, and ends", async () => {
    const environment = await start(name, { KEDA_MEDIC_DYNAMODB_TABLE: "", AWS_SESSION_TOKEN: "" });
    const { path, body, exitCode } = await environment.failed();
    expect(path).toBe("init/error");
    expect(exitCode).not.toBe(0);
    expect(JSON.stringify(body)).toMatch(/KEDA_MEDIC_DYNAMODB_TABLE: must be set.*AWS_SESSION_TOKEN: must be set/);
  });
});

test("respond keeps an event in the table while the cluster takes no login", async () => {
  const environment = await start("respond");
  expect(await environment.invoke(bus(metricFailed, "event", "kubernetes-event-exporter"))).toMatchObject({
    path: "response",
    body: { outcome: "taken" },
  });
});

test("respond throws what no table takes, so that Lambda repeats it, and the next event is answered", async () => {
  const environment = await start("respond", { KEDA_MEDIC_DYNAMODB_TABLE: "not-deployed" });
  const told = await environment.invoke(bus(metricFailed));
  expect(told).toMatchObject({ path: "error", body: { errorType: "NotTaken" } });
  expect(environment.output()).toContain("there is no table not-deployed in eu-west-1: wrong region, wrong name");
  expect(await environment.invoke(queue(JSON.stringify(envelope())))).toMatchObject({
    body: { batchItemFailures: [] },
  });
});

test("sweep says the table's own sentence when its tick comes to nothing", async () => {
  const environment = await start("sweep", { KEDA_MEDIC_DYNAMODB_TABLE: "not-deployed" });
  expect(await environment.invoke(scheduled())).toMatchObject({
    path: "error",
    body: { errorMessage: expect.stringMatching(/^there is no table not-deployed in eu-west-1/) },
  });
});

test("the deadline that Lambda gives ends a batch in time: what is not begun is given back", async () => {
  const environment = await start("respond");
  const told = await environment.invoke(queue(...Array.from({ length: 3 }, () => JSON.stringify(envelope()))), 14_000);
  expect(told.body).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }, { itemIdentifier: "m3" }] });
});

test("open connections to table and cluster hold up no answer", async () => {
  const environment = await start("respond");
  await environment.invoke(bus(metricFailed));
  const begun = performance.now();
  await environment.invoke(bus({}, "other", "aws.ec2"));
  expect(performance.now() - begun).toBeLessThan(1000);
});
