import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { kubeVersion } from "../../../scripts/render/helm.mjs";
import { approverRules, yamlNames } from "../../../src/edge/kubernetes/rbac.ts";
import { type ApiServer, startApiServer } from "../tools/apiServer.ts";
import { builtHelm, chart, type Helm, type Ran, set } from "../tools/helm.ts";
import { kedaDeployment } from "../tools/keda.ts";
import { commandsOfManual } from "../tools/manual.ts";
import { containersOf, environmentOf, objects, read } from "../tools/objects.ts";
import { comparable, rolesNamed } from "../tools/rights.ts";

let server: ApiServer;
let helm: Helm;

const names = {
  helm: ["keda-operator", "keda-operator-metrics-apiserver"],
  yaml: ["keda-operator", "keda-metrics-apiserver"],
} as const;
type InstalledWith = keyof typeof names;
const all = [...new Set(Object.values(names).flat())];

const upgraded = (installedWith: InstalledWith, ...values: readonly string[]) =>
  helm.run(
    [
      ...["upgrade", "--install", "keda-medic", chart, "--namespace", "keda-medic", "--create-namespace"],
      ...set(`keda.installedWith=${installedWith}`, "approvers[0].kind=Group", "approvers[0].name=sre", ...values),
    ],
    { KUBECONFIG: server.kubeconfig },
  );

/** What is on the Deployments' own metadata under our names for people. */
async function written(installedWith: InstalledWith): Promise<readonly unknown[]> {
  const found = names[installedWith].map((name) => server.api.get(`/apis/apps/v1/namespaces/keda/deployments/${name}`));
  return (await Promise.all(found)).map(({ metadata }) => [
    metadata.annotations?.["kedamedic.dev/paused"],
    metadata.annotations?.["kedamedic.dev/approved"],
  ]);
}

/** Rights and policies take effect a moment after they are written: runs it until it ends like this. */
async function eventually(run: () => Ran, code: number, said: string): Promise<void> {
  const end = performance.now() + 10_000;
  let ran = run();
  while ((ran.code !== code || !ran.stderr.includes(said)) && performance.now() < end) {
    await sleep(100);
    ran = run();
  }
  expect(ran).toMatchObject({ code, stderr: expect.stringContaining(said) });
}

beforeAll(async () => {
  helm = await builtHelm();
  server = await startApiServer();
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "keda" } };
  const items = [namespace, ...all.map(kedaDeployment)];
  const made = server.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  expect([made.code, made.stderr]).toEqual([0, ""]);
}, 900_000);

afterAll(async () => server?.close());

describe("the manual's command upgrades the CRDs that Helm has made", () => {
  const [command = []] = commandsOfManual("kubectl", "infra/kubernetes/crd.yaml").filter((words) =>
    words.includes("--server-side"),
  );
  const changed = read("infra/kubernetes/crd.yaml").replace("name: Phase", "name: Stage");
  const fromHere = command.map((word) => (word === "infra/kubernetes/crd.yaml" ? "-" : word));

  test("at a change of what Helm owns, which is refused without --force-conflicts", async () => {
    expect(upgraded("yaml").code).toBe(0);
    const polite = fromHere.filter((word) => word !== "--force-conflicts");
    expect(server.kubectl(polite, changed)).toMatchObject({ code: 1, stderr: expect.stringContaining("conflict") });
    expect(server.kubectl(fromHere, changed)).toMatchObject({ code: 0, stderr: "" });
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/incidents.kedamedic.dev";
    const { spec } = await server.api.get(path);
    expect(JSON.stringify(spec.versions)).toContain('"Stage"');
  });
});

describe.each<InstalledWith>(["helm", "yaml"])("with KEDA's names of its %s", (installedWith) => {
  const [, adapter] = names[installedWith];
  const commands = commandsOfManual("kubectl", ` ${adapter} `).filter((words) => words.includes("annotate"));

  test.each(["keda", "certManager"])(
    "the manual's commands pause and resume with an approver's token, keda.certificates=%s",
    async (certificates) => {
      expect(upgraded(installedWith, `keda.certificates=${certificates}`).code).toBe(0);
      const asApprover = (words: readonly string[]) => server.kubectl([...words, `--token=${server.people.approver}`]);
      const [pause = [], resume = []] = commands;
      await eventually(() => asApprover(pause), 0, "");
      // Again, with another reason: the first one is in the way of who does not say --overwrite.
      expect(asApprover(pause.map((word) => word.replace("your reason", "another")))).toMatchObject({
        code: 0,
        stderr: "",
      });
      expect(await written(installedWith)).toEqual([
        ["another", undefined],
        ["another", undefined],
      ]);
      expect(asApprover(resume)).toMatchObject({ code: 0, stderr: "" });
      expect(await written(installedWith)).toEqual([
        [undefined, undefined],
        [undefined, undefined],
      ]);
      const said = certificates === "keda" ? "not found" : "cannot get resource";
      await eventually(() => asApprover(["-n", "keda", "get", "secret", "kedaorg-certs"]), 1, said);
    },
  );
});

test("the manual's command takes what people wrote away, without a rollout", async () => {
  const [command = []] = commandsOfManual("kubectl", "kedamedic.dev/approved-");
  const marked = ["kedamedic.dev/paused=night", "kedamedic.dev/approved=abc"];
  expect(server.kubectl(["-n", "keda", "annotate", "deployment", ...names.helm, ...marked]).code).toBe(0);
  const path = "/apis/apps/v1/namespaces/keda/deployments/keda-operator";
  const before = (await server.api.get(path)).spec;
  expect(server.kubectl(command)).toMatchObject({ code: 0, stderr: "" });
  expect(await written("helm")).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect((await server.api.get(path)).spec).toEqual(before);
});

test("the manual's command renders for KEDA's YAML with KEDA's own certificates", () => {
  const [command = []] = commandsOfManual("helm", "template keda-medic");
  const { code, stdout, stderr } = helm.run([...command, "--kube-version", kubeVersion]);
  expect([code, stderr]).toEqual([0, ""]);
  const rendered = objects(stdout);
  expect(comparable(rolesNamed(rendered, "keda-medic-approver").keda)).toEqual(
    comparable(approverRules(yamlNames, true).keda),
  );
  const containers = containersOf(rendered);
  expect(containers).toHaveLength(2);
  for (const container of containers) {
    expect(environmentOf(container)).toMatchObject({ KEDA_MEDIC_READ_SECRET: "true", KEDA_MEDIC_CLUSTER: "prod-eu1" });
    expect(container.image).toMatch(/^registry\.example\/keda-medic:/);
  }
});
