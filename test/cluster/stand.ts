import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Component } from "../../src/core/evidence.ts";
import { messageOf } from "../../src/core/thrown.ts";
import type { Rotation } from "../../src/sandbox/world.ts";
import { writeKubeconfig } from "./controlPlane/kubeconfig.ts";
import { medicNamespace, namespace } from "./medic/manifests.ts";
import type { Inside } from "./namespaces/enter.ts";
import { timing } from "./play.ts";
import { picture } from "./world/picture.ts";
import { RealWorld } from "./world/realWorld.ts";

interface Move {
  readonly words: string;
  readonly about: string;
  readonly make: (world: RealWorld, argument: string) => Promise<void>;
}

const component = (text: string): Component => (text === "operator" ? "operator" : "metrics-apiserver");

const moves: readonly Move[] = [
  {
    words: "rotate [selfSignedRekey|keyOfAnother|leafNotSignedByCa|sanMissing|expired]",
    about: "write another Secret",
    make: (world, kind) => world.rotateSecret((kind || "selfSignedRekey") as Rotation),
  },
  { words: "repair", about: "write a good Secret", make: (world) => world.repairSecret() },
  {
    words: "oom [operator|metrics-apiserver]",
    about: "kill a container in place, OOMKilled",
    make: (world, which) => world.oomKill(component(which || "operator")),
  },
  {
    words: "restart [operator|metrics-apiserver]",
    about: "roll a Deployment out",
    make: (world, which) => world.restartDeployment(component(which || "operator")),
  },
  {
    words: "cut hopA|hopB|apiserver",
    about: "break a link",
    make: (world, link) => world.cutNetwork(link as "hopA" | "hopB" | "apiserver"),
  },
  { words: "heal", about: "mend all links", make: (world) => world.healNetwork() },
  { words: "scaler down|up", about: "the scalers' source", make: (world, way) => scaler(world, way) },
  {
    words: "look",
    about: "HPAs and Pods",
    make: async (world) => void process.stdout.write(`${await picture(world)}\n`),
  },
];

const scaler = (world: RealWorld, way: string): Promise<void> =>
  way === "up" ? world.repairScaler() : world.breakScaler();

const menu = (): string => moves.map(({ words, about }) => `  ${words.padEnd(74)} ${about}`).join("\n");

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
  world.onMoment(({ who, text }) => process.stdout.write(`${who}: ${text}\n`));
  await world.open();
  const { kubectl, controlPlane } = world.cluster;
  await kubectl.apply([namespace(medicNamespace)]);
  await kubectl.applyFile(fileURLToPath(new URL("../../infra/kubernetes/crd.yaml", import.meta.url)));
  const path = join(folder, "kubeconfig");
  const port = process.env["CLUSTER_OUTSIDE_PORT"];
  const { ca, adminToken } = controlPlane.pki;
  writeKubeconfig(path, "admin", { server: `https://127.0.0.1:${port}`, ca, token: adminToken });
  process.stdout.write(`
The cluster stands until Ctrl-C.
  export KUBECONFIG=${path}
  ${binaries["kubernetes/kubectl"]} get hpa,pods -A
  npx keda-medic run --kubeconfig ${path} --mode act
Logs of everything: ${join(folder, "logs")}

Moves:
${menu()}
`);
  await listen(world);
  return 0;
}

async function listen(world: RealWorld): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    const [name = "", argument = ""] = line.trim().split(/\s+/);
    const move = moves.find(({ words }) => words.split(" ")[0] === name);
    if (move === undefined) process.stdout.write(name === "" ? "" : `${menu()}\n`);
    else await move.make(world, argument).catch((error: unknown) => process.stdout.write(`${messageOf(error)}\n`));
  }
  // Without a terminal: until a signal.
  await new Promise(() => {});
}
