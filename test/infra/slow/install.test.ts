import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ApiServer, startApiServer } from "../tools/apiServer.ts";
import { foreignCrds } from "../tools/foreignCrds.ts";
import { builtHelm, chart, type Helm, type Ran, set } from "../tools/helm.ts";
import { kedaDeployment } from "../tools/keda.ts";
import { type Loose, objects, podsOf, root } from "../tools/objects.ts";

let server: ApiServer;
let helm: Helm;

const yaml = ["keda.installedWith=yaml"];
const helmed = (...args: readonly string[]): Ran => helm.run(args, { KUBECONFIG: server.kubeconfig });
const install = (release: string, namespace: string, ...values: readonly string[]): Ran =>
  helmed("install", release, chart, "--namespace", namespace, "--create-namespace", ...set(...values));
const uninstall = (): Ran => helmed("uninstall", "keda-medic", "--namespace", "keda-medic");

/** Everything in the cluster that carries our label, as `kind/name`. */
async function ours(): Promise<readonly string[]> {
  const kinds = objects(helm.template(...set("host=knative")).stdout).concat(objects(helm.template().stdout));
  const resources = kinds.map(({ kind, apiVersion }) =>
    [kind.toLowerCase(), apiVersion.split("/").at(-2)].filter((part) => part !== undefined).join("."),
  );
  const { stdout } = server.kubectl([
    "get",
    [...new Set(resources)].join(","),
    "-A",
    "-l",
    "app.kubernetes.io/name=keda-medic",
    "-o",
    "name",
  ]);
  return stdout.trim().split("\n").filter(Boolean);
}

beforeAll(async () => {
  helm = await builtHelm();
  server = await startApiServer();
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "keda" } };
  const items = [namespace, ...["keda-operator", "keda-metrics-apiserver"].map(kedaDeployment), ...foreignCrds()];
  const { code, stderr } = server.kubectl(
    ["create", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  );
  expect([code, stderr]).toEqual([0, ""]);
  server.kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
}, 900_000);

afterAll(async () => server?.close());

describe.each(["deployment", "knative"])("host %s on a real API server", (host) => {
  const values = [...yaml, `host=${host}`, "mode=observe"];

  test("is installed, and the API server knows every field that it is sent", () => {
    const { stdout } = helm.template(
      ...set(...values, "sources.kedaCloudEvents.enabled=true", "sources.kedaCloudEvents.clusterWide=true"),
    );
    server.kubectl(["create", "namespace", "keda-medic"]);
    const { code, stderr } = server.kubectl(["create", "--dry-run=server", "--validate=strict", "-f", "-"], stdout);
    expect([code, stderr]).toEqual([0, ""]);
    const installed = install("keda-medic", "keda-medic", ...values);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);
    expect(installed.stdout).toContain(`watches KEDA in namespace keda, in mode observe`);
    expect(installed.stdout).toContain("kubectl -n keda-medic get incidents");
    expect(installed.stdout).not.toContain("there is no Deployment");
    expect(installed.stdout).toContain("keda-medic pause --reason");
    expect(installed.stdout).toContain(
      "kubectl -n keda annotate deployment keda-operator keda-metrics-apiserver kedamedic.dev/paused-",
    );
    // There is no cert-manager here, and the values say that there is.
    expect(installed.stdout).toContain("set keda.certificates=keda");
  });

  test("a second release is refused with a sentence that names the first, and changes nothing", async () => {
    const before = await ours();
    const { code, stderr } = install("other", "elsewhere", ...values);
    expect(code).not.toBe(0);
    expect(stderr).toContain("already installed in this cluster, as release keda-medic in namespace keda-medic");
    expect(await ours()).toEqual(before);
  });

  test("is upgraded in place: values reach the Pods, Incidents stay", async () => {
    const path = "/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents";
    const spec = { installation: "keda", generation: "abc", openedAt: "2026-11-24T00:00:00Z" };
    await server.api.create(path, {
      apiVersion: "kedamedic.dev/v1alpha1",
      kind: "Incident",
      metadata: { name: `inc-${host}` },
      spec,
    });
    // As the leader writes it into the object that the chart has made.
    const lease = "/apis/coordination.k8s.io/v1/namespaces/keda-medic/leases/keda-medic";
    if (host === "deployment") await server.api.patch(lease, { spec: { holderIdentity: "respond-1" } });
    const { code, stdout } = helmed(
      "upgrade",
      "keda-medic",
      chart,
      "-n",
      "keda-medic",
      "--reset-then-reuse-values",
      ...set("mode=act"),
    );
    expect([code, stdout.includes("in mode act")]).toEqual([0, true]);
    expect((await server.api.get(`${path}/inc-${host}`)).spec).toEqual(spec);
    if (host === "deployment") expect((await server.api.get(lease)).spec).toEqual({ holderIdentity: "respond-1" });
    const got = server.kubectl([
      "-n",
      "keda-medic",
      "get",
      host === "knative" ? "ksvc" : "deployments",
      "-o",
      "yaml",
    ]).stdout;
    expect(got.match(/name: KEDA_MEDIC_MODE\n\s+value: act/g)?.length).toBe(host === "knative" ? 3 : 2);
  });

  test("is uninstalled: nothing is left but the CRDs with the Incidents, and restart's annotations", async () => {
    const annotations = { "kedamedic.dev/restarted-for": "abc" };
    const operator = "/apis/apps/v1/namespaces/keda/deployments/keda-operator";
    await server.api.patch(operator, { spec: { template: { metadata: { annotations } } } });
    expect((await ours()).length).toBeGreaterThan(20);
    const { code, stderr } = uninstall();
    expect([code, stderr]).toEqual([0, ""]);
    expect(await ours()).toEqual([]);
    const crds = server.kubectl(["get", "crd", "-o", "name"]).stdout;
    expect(crds).toContain("incidents.kedamedic.dev");
    expect((await server.api.list("/apis/kedamedic.dev/v1alpha1/incidents")).length).toBeGreaterThan(0);
    expect((await server.api.get(operator)).spec.template.metadata.annotations).toMatchObject(annotations);
  });
});

describe("bad input on a real API server", () => {
  test("a namespace without KEDA is refused before anything is made", async () => {
    const { code, stderr } = install("keda-medic", "keda-medic", "keda.namespace=nowhere");
    expect([code === 0, stderr.includes("There is no namespace nowhere in this cluster: set keda.namespace")]).toEqual([
      false,
      true,
    ]);
    expect(await ours()).toEqual([]);
  });

  test("KEDA's Deployments under other names are told of after the install", () => {
    const { stdout } = install("keda-medic", "keda-medic", "keda.installedWith=helm", "keda.certificates=keda");
    expect(stdout).toContain("there is no Deployment keda-operator-metrics-apiserver in namespace keda");
    expect(stdout).not.toContain("set keda.certificates=keda");
    expect(uninstall().code).toBe(0);
  });

  test("a Certificate of cert-manager for KEDA's Secret is found, and nothing is asked for", () => {
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "certificates.cert-manager.io" },
      spec: {
        group: "cert-manager.io",
        scope: "Namespaced",
        names: { kind: "Certificate", plural: "certificates", singular: "certificate", listKind: "CertificateList" },
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    };
    expect(server.kubectl(["create", "-f", "-"], JSON.stringify(crd)).code).toBe(0);
    server.kubectl(["wait", "--for=condition=Established", "crd", "certificates.cert-manager.io", "--timeout=30s"]);
    const certificate = (secretName: string) => ({
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: secretName, namespace: "keda" },
      spec: { secretName },
    });
    const create = (name: string) => server.kubectl(["create", "-f", "-"], JSON.stringify(certificate(name)));
    expect(create("webhook").code).toBe(0);
    expect(install("keda-medic", "keda-medic", ...yaml).stdout).toContain("set keda.certificates=keda");
    expect(create("kedaorg-certs").code).toBe(0);
    const upgraded = helmed("upgrade", "keda-medic", chart, "-n", "keda-medic", ...set(...yaml));
    expect([upgraded.code, upgraded.stdout.includes("ATTENTION")]).toEqual([0, false]);
    expect(uninstall().code).toBe(0);
  });

  test("the generated manifests are what kubectl takes, in the order of the manual", () => {
    for (const name of ["crd", "rbac", "admission", "deployment", "knative"]) {
      const file = fileURLToPath(new URL(`infra/kubernetes/${name}.yaml`, root));
      const { code, stderr } = server.kubectl([
        "apply",
        "--server-side",
        "--force-conflicts",
        "--validate=strict",
        "-f",
        file,
      ]);
      expect([name, code, stderr.replace(/serverside-applied/g, "")]).toEqual([name, 0, ""]);
    }
  });

  test("the documented command removes the CRDs", () => {
    const { code } = server.kubectl([
      "delete",
      "crd",
      "incidents.kedamedic.dev",
      "installations.kedamedic.dev",
      "--wait=false",
    ]);
    expect(code).toBe(0);
  });
});

describe("a namespace that enforces PodSecurity restricted", () => {
  const pods = "/api/v1/namespaces/strict/pods";
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  beforeAll(async () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "strict", labels } };
    await server.api.create("/api/v1/namespaces", namespace);
  });

  test.each(["deployment", "knative"])(
    "takes every Pod of host %s, and would not without its security context",
    async (host) => {
      const found = podsOf(helm.objects(...set(`host=${host}`)));
      expect(found.length).toBe(host === "knative" ? 3 : 2);
      for (const { owner, spec } of found) {
        // What Knative adds to a Pod's spec is its own; these two fields are for Knative only.
        const { containerConcurrency: _, timeoutSeconds: __, ...podSpec } = spec;
        const containers = podSpec.containers.map(({ livenessProbe: _l, readinessProbe: _r, ...rest }: Loose) => rest);
        const body = {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: owner.metadata.name },
          spec: { ...podSpec, containers },
        };
        const post = (pod: Loose) => server.api.request({ method: "POST", path: `${pods}?dryRun=All`, body: pod });
        expect(await post(body)).toMatchObject({ status: 201 });
        const bare = containers.map(({ securityContext: _s, ...rest }: Loose) => rest);
        expect(await post({ ...body, spec: { ...body.spec, containers: bare } })).toMatchObject({ status: 403 });
      }
    },
  );
});

test("the fields of foreign kinds are checked at all: a slip is refused", () => {
  const spec = { template: { spec: { containerConcurency: 1, containers: [{ image: "x" }] } } };
  const service = {
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { name: "s", namespace: "keda" },
    spec,
  };
  const { code, stderr } = server.kubectl(
    ["create", "--validate=strict", "--dry-run=server", "-f", "-"],
    JSON.stringify(service),
  );
  expect([code, stderr]).toEqual([1, expect.stringContaining("containerConcurency")]);
});
