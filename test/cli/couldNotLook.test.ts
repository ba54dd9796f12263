import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { StoredObject } from "../../src/sandbox/apiserver/objects.ts";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { pooledKey } from "../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../src/sandbox/pki/mint.ts";
import type { Kubeconfig } from "../../src/sandbox/world.ts";
import { fast } from "../sandbox/fast.ts";
import { run } from "./captured.ts";
import { diagnose, kubeconfigFile, runIn } from "./clusters.ts";
import { problemsOf } from "./schema.ts";

let world: InProcessWorld;
let admin: Kubeconfig;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "keda-medic-cli-"));
  const looking = (resources: string[]) => ({ cluster: [{ apiGroups: ["*"], resources, verbs: ["get", "list"] }] });
  world = await createWorld({
    ...fast,
    medicCrds: false,
    rules: {
      sweep: [looking(["apiservices", "horizontalpodautoscalers"])],
      restart: [looking(["apiservices", "horizontalpodautoscalers", "services", "deployments"])],
    },
  });
  admin = await world.kubeconfig("admin");
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const nobodysCa = () =>
  mintCertificate({
    subject: { cn: "nobody" },
    key: pooledKey("ECDSA", "nobody"),
    ca: true,
    notBefore: Date.now() - 1000,
    notAfter: Date.now() + 86_400_000,
  }).certificate;

const at = (name: string, change: Partial<Kubeconfig>) =>
  runIn(world, ["diagnose", "--output", "json", "--kubeconfig", kubeconfigFile(folder, name, { ...admin, ...change })]);

/** Diagnosis and decision, after the published schema agreed. */
function sentences(out: string): { readonly code: string; readonly sentence: string } {
  const printed = JSON.parse(out) as { diagnosis: { code: string; sentence: string } };
  expect(problemsOf(printed)).toEqual([]);
  return printed.diagnosis;
}

describe("a cluster that cannot be looked at: exit code 3, what failed, and what to do", () => {
  test.each([
    [
      "an unreachable API server",
      { server: "https://127.0.0.1:1" },
      /127\.0\.0\.1:1 cannot be reached/,
      /check that the API server runs.*--context/,
    ],
    [
      "an API server that is not trusted",
      { ca: "nobody" },
      /certificate of .* is not trusted/,
      /--kubeconfig and --context/,
    ],
    ["401", { token: "expired" }, /does not accept our credentials \(401\)/, /log in again, or renew the token/],
  ] as const)("%s", async (name, change, failed, toDo) => {
    const changed = "ca" in change ? { ca: nobodysCa() } : change;
    const { code, out, err } = await at(name.replaceAll(" ", "-"), changed);
    expect([code, sentences(out).code]).toEqual([3, "CouldNotLook"]);
    expect(sentences(out).sentence).toMatch(failed);
    expect(err).toMatch(toDo);
  });

  test.each([
    ["nobody", "get", "apiservices.apiregistration.k8s.io"],
    ["sweep", "get", "services"],
    ["restart", "list", "pods"],
  ] as const)("403 for %s names the missing verb and resource: %s %s", async (role, verb, resource) => {
    const { code, out, err } = await diagnose(world, ["--output", "json"], role);
    expect([code, sentences(out).code]).toEqual([3, "CouldNotLook"]);
    expect(sentences(out).sentence).toContain(`grant verb ${verb} on ${resource}`);
    expect(err).toContain("ask for the right that the sentence names");
  });

  test.each([
    ["a kubeconfig that does not exist", ["--kubeconfig", "/nowhere/config"], "/nowhere/config does not exist"],
    ["a context that does not exist", ["--context", "prod"], "there is no context prod; those that exist: sandbox"],
  ] as const)("%s", async (_, words, said) => {
    const { code, out, err } = await run(["diagnose", "--kubeconfig", admin.path, ...words]);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toContain(said);
  });

  test("a kubeconfig that is no YAML", async () => {
    const path = join(folder, "broken");
    writeFileSync(path, "clusters: [");
    const { code, err } = await run(["diagnose", "--kubeconfig", path]);
    expect(code).toBe(3);
    expect(err).toContain(`${path} is no YAML`);
  });

  test.each(["incidents", "approve x"])("%s without the Incident CRD says what to apply", async (words) => {
    const { code, err } = await run([...words.split(" "), "--kubeconfig", admin.path]);
    expect(code).toBe(3);
    expect(err).toContain("apply keda-medic's CustomResourceDefinitions");
  });
});

/** Changes one object of the world for the length of a look, without its kubelet noticing. */
async function lookWith(
  resource: "secrets" | "deployments" | "apiservices",
  name: string,
  to: StoredObject | undefined,
) {
  const namespace = resource === "apiservices" ? undefined : "keda";
  const where = { namespace, name };
  const before = world.objects.get(resource, where);
  if (to === undefined) world.objects.remove(resource, where);
  else world.objects.put(resource, to);
  try {
    return await diagnose(world, ["--output", "json"], "respond");
  } finally {
    if (before === undefined) world.objects.remove(resource, where);
    else world.objects.put(resource, before);
  }
}

const apiServiceName = "v1beta1.external.metrics.k8s.io";

describe("a cluster whose KEDA must not be touched says why and what to do", () => {
  test("KEDA is not installed: exit code 3", async () => {
    const { code, out } = await lookWith("apiservices", apiServiceName, undefined);
    expect([code, sentences(out).code]).toEqual([3, "KedaNotInstalled"]);
    expect(sentences(out).sentence).toContain("install KEDA, or point --context at the cluster that has it");
  });

  test("two KEDA installations: the one that was asked about does not serve", async () => {
    const { code, out } = await diagnose(world, ["--output", "json", "--namespace", "keda-old"]);
    expect([code, sentences(out).code]).toEqual([30, "OtherNamespace"]);
    expect(sentences(out).sentence).toContain("Ask about namespace keda.");
  });

  test("two KEDA installations in one namespace", async () => {
    const operator = world.objects.get("deployments", { namespace: "keda", name: "keda-operator" });
    const { uid: _, ...metadata } = operator?.metadata ?? { name: "" };
    const leftOver = { ...operator, metadata: { ...metadata, name: "keda-operator-old" } };
    const { code, out } = await lookWith("deployments", "keda-operator-old", leftOver);
    expect([code, sentences(out).code]).toEqual([30, "AmbiguousInstallation"]);
    expect(sentences(out).sentence).toMatch(/keda-operator, keda-operator-old.*Remove the left-over one/);
  });

  const text = (pem: string): string => Buffer.from(pem).toString("base64");
  test.each([
    ["no ca.crt", { "ca.crt": undefined }, "SecretIncomplete", "it has no ca.crt"],
    ["no tls.key", { "tls.key": undefined }, "SecretIncomplete", "tls.key"],
    ["a ca.crt that is no PEM", { "ca.crt": text("hello") }, "SecretUnreadable", "holds no certificate block"],
    [
      "a tls.crt that is no certificate",
      { "tls.crt": text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") },
      "SecretUnreadable",
      "tls.crt cannot be read",
    ],
  ] as const)("a Secret with %s", async (_, change, reason, said) => {
    const secret = world.objects.get("secrets", { namespace: "keda", name: "kedaorg-certs" });
    const all = { ...(secret?.["data"] as Readonly<Record<string, string>>), ...change };
    const data = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const { code, out } = await lookWith("secrets", "kedaorg-certs", { ...secret, data } as StoredObject);
    expect([code, sentences(out).code]).toEqual([30, reason]);
    expect(sentences(out).sentence).toContain(said);
  });

  test("no Secret at all", async () => {
    const { code, out } = await lookWith("secrets", "kedaorg-certs", undefined);
    expect([code, sentences(out).code]).toEqual([30, "SecretMissing"]);
    expect(sentences(out).sentence).toContain("restart nothing before");
  });
});
