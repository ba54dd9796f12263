import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { mockClient } from "aws-sdk-client-mock";
import { eksAccess } from "../../../src/edge/eks/access.ts";
import { describeCluster } from "../../../src/edge/eks/describe.ts";

const pem = "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n";
const keys = () => ({ accessKeyId: "AKIA1", secretAccessKey: "s" });
const base = { cluster: "prod", region: "eu-west-1", keys, clock: { now: () => 0 } };

describe("access to an EKS cluster", () => {
  test("asks AWS nothing where endpoint and CA are configured", async () => {
    const access = await eksAccess({
      ...base,
      endpoint: "https://abc.eks.amazonaws.com",
      ca: pem,
      describe: () => Promise.reject(new Error("must not be asked")),
    });
    expect(access).toMatchObject({ clusterName: "prod", ca: pem, insecureSkipTlsVerify: false });
    expect(access.server.href).toBe("https://abc.eks.amazonaws.com/");
    expect(await access.token()).toMatch(/^k8s-aws-v1\./);
  });

  test("asks once for what is missing, and a configured half wins", async () => {
    let asked = 0;
    const told = async () => {
      asked += 1;
      return { endpoint: "https://told", ca: pem };
    };
    const access = await eksAccess({ ...base, endpoint: "https://private", describe: told, clusterName: "shop" });
    expect([access.server.href, access.ca, access.clusterName, asked]).toEqual(["https://private/", pem, "shop", 1]);
  });
});

describe("eks:DescribeCluster", () => {
  const mock = mockClient(EKSClient);
  beforeEach(() => {
    mock.reset();
  });
  afterAll(() => mock.restore());
  const client = new EKSClient({ region: "eu-west-1" });
  const asked = () => describeCluster("prod", "eu-west-1", client);
  const awsError = (name: string) => Object.assign(new Error("detail"), { name });

  test("gives endpoint and CA as PEM", async () => {
    const data = Buffer.from(pem).toString("base64");
    mock.on(DescribeClusterCommand, { name: "prod" }).resolves({
      cluster: { endpoint: "https://abc", certificateAuthority: { data } },
    });
    await expect(asked()).resolves.toEqual({ endpoint: "https://abc", ca: pem });
  });

  // What each refusal of AWS is told as stands in test/edge/aws/faults.test.ts.
  test("a refusal is an AccessError that names the way without the call", async () => {
    mock.on(DescribeClusterCommand).rejects(awsError("AccessDeniedException"));
    const failure = asked();
    await expect(failure).rejects.toMatchObject({ name: "AccessError", code: "Incomplete" });
    await expect(failure).rejects.toThrow(
      /^no permission for eks:DescribeCluster on EKS cluster prod in eu-west-1: allow it .+; or set KEDA_MEDIC_EKS_ENDPOINT and KEDA_MEDIC_EKS_CA$/,
    );
    mock.on(DescribeClusterCommand).rejects(awsError("ResourceNotFoundException"));
    await expect(asked()).rejects.toMatchObject({ code: "ContextMissing" });
  });

  test("a cluster that is still being made has no endpoint", async () => {
    mock.on(DescribeClusterCommand).resolves({ cluster: { status: "CREATING" } });
    await expect(asked()).rejects.toThrow("EKS cluster prod has no endpoint yet (it is CREATING)");
  });
});
