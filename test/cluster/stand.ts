import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf } from "../../src/core/thrown.ts";
import { scalingActive } from "../../src/sandbox/picture.ts";
import type { Loose } from "./api/client.ts";
import { Reflector } from "./api/reflector.ts";
import { writeKubeconfig } from "./controlPlane/kubeconfig.ts";
import { manifest } from "./medic/deploy.ts";
import { medicNamespace, namespace } from "./medic/manifests.ts";
import { makeMove, menu } from "./moves.ts";
import type { Inside } from "./namespaces/enter.ts";
import { timing } from "./play.ts";
import { RealWorld } from "./world/realWorld.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A cluster that stays, with KEDA in it and nothing of ours, until Ctrl-C. */
export async function stand({ folder, binaries, modules, words }: Inside): Promise<number> {
  const [kedaVersion = "2.13.1"] = words;
  const world = new RealWorld({
    folder,
    binaries,
    modules,
    kedaVersion,
    metricsApiservers: 2,
    propagation: timing.propagation,
    hpaPeriod: `${timing.hpaPeriod}ms`,
  });
  world.onMoment(({ who, text }) => say(`${who}: ${text}`));
  await world.open();
  const { kubectl, controlPlane } = world.cluster;
  await kubectl.apply([namespace(medicNamespace)]);
  await kubectl.applyFile(manifest("crd.yaml"));
  const path = join(folder, "kubeconfig");
  const port = process.env["CLUSTER_OUTSIDE_PORT"];
  const { ca, adminToken } = controlPlane.pki;
  writeKubeconfig(path, "admin", { server: `https://127.0.0.1:${port}`, ca, token: adminToken });
  tellChanges(world);
  say(`
The cluster stands until Ctrl-C. In another terminal, in this folder:
  npx keda-medic run --kubeconfig ${path} --mode act --sweep 10s
  npx keda-medic diagnose --kubeconfig ${path}
  ${binaries["kubernetes/kubectl"]} --kubeconfig ${path} get incidents,hpa,pods -A
Logs of everything: ${join(folder, "logs")}

Moves, typed here (the first choice is meant when none is named). The incident is: rotate, half a minute later oom.
${menu()}
`);
  await listen(world);
  return 0;
}

/** What a person would watch for: HPAs that stop working or work again, and rollouts. */
function tellChanges({ api, names }: RealWorld): void {
  const told = new Map<string, string>();
  const tell = (key: string, state: string | undefined, words: string): void => {
    if (state === undefined || told.get(key) === state) return;
    const first = !told.has(key);
    told.set(key, state);
    if (!first) say(words);
  };
  new Reflector(api, {
    path: "/apis/autoscaling/v2/horizontalpodautoscalers",
    onChange: (hpa: Loose) => {
      const { reason } = scalingActive(hpa) ?? {};
      tell(hpa.metadata.name, reason, `hpa: ${hpa.metadata.namespace}/${hpa.metadata.name}: ${reason}`);
    },
  });
  new Reflector(api, {
    path: `/apis/apps/v1/namespaces/${names.namespace}/deployments`,
    onChange: ({ metadata }: Loose) => {
      const revision = metadata.annotations?.["deployment.kubernetes.io/revision"];
      tell(metadata.name, revision, `deployment: ${metadata.name} is rolled out (revision ${revision})`);
    },
  });
}

async function listen(world: RealWorld): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) await makeMove(world, line).catch((error: unknown) => say(messageOf(error)));
  // Without a terminal: until a signal.
  await new Promise(() => {});
}
