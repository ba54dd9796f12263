import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { clusterAccess } from "../../src/compose.ts";
import type { Config } from "../../src/edge/config.ts";

const pem = "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n";
const aws: NonNullable<Config["aws"]> = {
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIA1", secretAccessKey: "s" },
  eks: { cluster: "prod", endpoint: "https://eks", ca: pem },
};

let folder: string;
let named: string;
let fromEnvironment: string;

function kubeconfig(name: string): string {
  const path = join(folder, name);
  const cluster = (of: string) => ({ name: of, cluster: { server: `https://${of}` } });
  const context = (of: string) => ({ name: of, context: { cluster: of, user: "me" } });
  const of = [name, `${name}-other`];
  const users = [{ name: "me", user: { token: "t" } }];
  const content = { clusters: of.map(cluster), contexts: of.map(context), users, "current-context": name };
  writeFileSync(path, JSON.stringify({ apiVersion: "v1", kind: "Config", ...content }));
  return path;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "access-"));
  named = kubeconfig("named");
  fromEnvironment = kubeconfig("environment");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the cluster", () => {
  const inPod = { apiServer: { host: "10.0.0.1", port: 443 } };
  const server = async (
    config: Parameters<typeof clusterAccess>[0],
    options: Parameters<typeof clusterAccess>[1] = {},
  ) => (await clusterAccess(config, options)).server.href;

  test("that an option names wins over EKS, over KUBECONFIG and over the Pod's own", async () => {
    const cluster = { ...inPod, kubeconfig: fromEnvironment };
    expect(await server({ cluster, aws }, { kubeconfig: named })).toBe("https://named/");
    expect(await server({ cluster, aws }, { context: "environment-other" })).toBe("https://environment-other/");
  });

  test("of EKS wins over what the environment says, and KUBECONFIG over the Pod's own", async () => {
    const cluster = { ...inPod, kubeconfig: fromEnvironment };
    expect(await server({ cluster, aws })).toBe("https://eks/");
    expect(await server({ cluster })).toBe("https://environment/");
  });
});
