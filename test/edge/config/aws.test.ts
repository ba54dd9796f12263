import { expect, test } from "@jest/globals";
import { configOf, problemsOf } from "../../builders/config.ts";

type Env = Readonly<Record<string, string>>;

const aws = (env: Env) => configOf(env).aws;

const pem = "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----";
const region = { AWS_REGION: "eu-west-1" };
const keys = { AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "hunter2", AWS_SESSION_TOKEN: "session" };
const onLambda = {
  ...region,
  ...keys,
  KEDA_MEDIC_STORE: "dynamodb",
  KEDA_MEDIC_DYNAMODB_TABLE: "keda-medic-prod",
  KEDA_MEDIC_EVENT_BUS: "keda-medic",
  KEDA_MEDIC_RESTART_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/123456789012/restart",
  KEDA_MEDIC_EKS_CLUSTER: "prod",
  KEDA_MEDIC_EKS_ENDPOINT: "https://abc.gr7.eu-west-1.eks.amazonaws.com",
};

test("a whole Lambda environment is understood, the CA as EKS gives it or as PEM", () => {
  for (const ca of [pem, Buffer.from(pem).toString("base64")])
    expect(aws({ ...onLambda, KEDA_MEDIC_EKS_CA: ca })).toEqual({
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIA1", secretAccessKey: "hunter2", sessionToken: "session" },
      table: "keda-medic-prod",
      eventBus: "keda-medic",
      restartQueue: "https://sqs.eu-west-1.amazonaws.com/123456789012/restart",
      eks: { cluster: "prod", endpoint: "https://abc.gr7.eu-west-1.eks.amazonaws.com", ca: pem },
    });
});

test("a region and keys in somebody's shell are none of our business", () => {
  expect(aws({ AWS_REGION: "not a region", ...keys })).toBeUndefined();
  expect(aws({})).toBeUndefined();
});

const bus = { ...region, KEDA_MEDIC_EVENT_BUS: "medic" };
const eks = { ...region, ...keys, KEDA_MEDIC_EKS_CLUSTER: "prod" };

test.each<[Env, string]>([
  [{ ...region, KEDA_MEDIC_STORE: "dynamodb" }, "KEDA_MEDIC_DYNAMODB_TABLE must be set with KEDA_MEDIC_STORE=dynamodb"],
  [
    { KEDA_MEDIC_DYNAMODB_TABLE: "tab" },
    "AWS_REGION must be set: it is where the table of KEDA_MEDIC_DYNAMODB_TABLE is",
  ],
  [{ ...bus, AWS_REGION: "Frankfurt" }, "AWS_REGION is no region such as eu-west-1"],
  [{ ...region, KEDA_MEDIC_DYNAMODB_TABLE: "ab" }, "KEDA_MEDIC_DYNAMODB_TABLE is"],
  [{ ...region, KEDA_MEDIC_EVENT_BUS: "a bus" }, "KEDA_MEDIC_EVENT_BUS is"],
  [{ ...bus, KEDA_MEDIC_SINK: "http://broker" }, "KEDA_MEDIC_EVENT_BUS excludes KEDA_MEDIC_SINK"],
  [{ ...bus, K_SINK: "http://broker" }, "KEDA_MEDIC_EVENT_BUS excludes K_SINK"],
  [
    { ...region, KEDA_MEDIC_RESTART_QUEUE_URL: "https://sqs/1/q" },
    "KEDA_MEDIC_RESTART_QUEUE_URL needs KEDA_MEDIC_EVENT_BUS",
  ],
  [{ ...bus, KEDA_MEDIC_RESTART_QUEUE_URL: "http://sqs/1/q" }, "KEDA_MEDIC_RESTART_QUEUE_URL must be an https://"],
  [{ ...region, KEDA_MEDIC_EKS_CLUSTER: "prod" }, "AWS_ACCESS_KEY_ID must be set with KEDA_MEDIC_EKS_CLUSTER"],
  [
    { ...eks, AWS_ACCESS_KEY_ID: "ASIA1", AWS_SESSION_TOKEN: "" },
    "AWS_SESSION_TOKEN must be set with a temporary AWS_ACCESS_KEY_ID (ASIA...)",
  ],
  [{ ...eks, KEDA_MEDIC_EKS_CLUSTER: "a/b" }, "KEDA_MEDIC_EKS_CLUSTER is"],
  [{ ...eks, KEDA_MEDIC_EKS_ENDPOINT: "http://eks.example" }, "KEDA_MEDIC_EKS_ENDPOINT must be an https:// address"],
  [{ ...eks, KEDA_MEDIC_EKS_CA: "AAAA" }, "KEDA_MEDIC_EKS_CA must be a PEM certificate, or the base64 of one"],
  [{ ...region, KEDA_MEDIC_EKS_CA: pem }, "KEDA_MEDIC_EKS_CLUSTER must be set with KEDA_MEDIC_EKS_CA"],
])("%j is refused with what to do", (env, words) => {
  expect(problemsOf(env).join("\n")).toContain(words);
});

test("a key is never repeated in a problem", () => {
  const told = problemsOf({ ...onLambda, AWS_REGION: "x", KEDA_MEDIC_EKS_CA: "hunter2" });
  expect(told.length).toBeGreaterThan(1);
  expect(JSON.stringify(told)).not.toContain("hunter2");
});

test("a long wrong value is cut, and shows that it was", () => {
  const long = `a/${"b".repeat(200)}`;
  const [told = ""] = problemsOf({ ...eks, KEDA_MEDIC_EKS_CLUSTER: long });
  expect(told).toContain(`is "a/${"b".repeat(55)}...": set it to the name of an EKS cluster`);
});

test("an endpoint on this machine may be http: that is what stands in for AWS in tests", () => {
  expect(aws({ ...eks, KEDA_MEDIC_EKS_ENDPOINT: "http://127.0.0.1:6443" })?.eks?.endpoint).toBe(
    "http://127.0.0.1:6443",
  );
});
