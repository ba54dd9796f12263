import { startTicker } from "../../../src/sandbox/demo/ticker.ts";
import type { RealWorld } from "../world/realWorld.ts";
import type { Medic, MedicOptions } from "./deploy.ts";
import { finish } from "./finish.ts";
import { functionUrl } from "./images.ts";
import { openEventing, untilDeployed } from "./installed.ts";
import { medicNamespace, namespace, nobody } from "./manifests.ts";
import { type Host, renderChart, valuesOf, type Wanted } from "./render.ts";
import { translate } from "./translate.ts";

export interface ChartOptions extends Omit<MedicOptions, "hosts">, Wanted {
  readonly host: Host;
  readonly binaries: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/**
 * Installs keda-medic as the chart renders it. With host=deployment the Deployments run as they are, woken by their own watches:
 * nothing stands between source and function there, and moves on events have no effect. With host=knative the real adapters
 * post through the gateway to the harness's broker, which has the Triggers of the render.
 */
export async function deployChart(world: RealWorld, options: ChartOptions): Promise<Medic> {
  const { kubectl } = world.cluster;
  let adapters: readonly string[] = [];
  const eventing = await openEventing(world, () => adapters);
  const sinks = { broker: eventing.broker.url, sources: eventing.sink };
  const values = valuesOf(options.host, options, world.names);
  const rendered = await renderChart(options.binaries["helm/helm"] ?? "helm", values);
  const { crds, objects, triggers, adapters: sources } = translate(rendered, sinks);
  adapters = sources;
  for (const { wants, subscriber } of triggers)
    eventing.broker.subscribe({ wants, subscriber: functionUrl(subscriber) });
  await kubectl.apply([namespace(medicNamespace), nobody]);
  await kubectl.apply(crds);
  await kubectl.apply(objects);
  options.say(`chart, host=${options.host}: ${crds.length} CRDs and ${objects.length} objects are applied`);
  await untilDeployed(world);
  const knative = options.host === "knative";
  if (knative) world.events = eventing.gateway;
  const stopTicking = knative ? startTicker(functionUrl("sweep"), options.sweepEvery) : (): void => {};
  const kubectlPath = options.binaries["kubernetes/kubectl"] ?? "kubectl";
  return {
    finish: () => {
      stopTicking();
      return finish(world, { kubectl: kubectlPath, crds, objects, say: options.say });
    },
    close: async () => {
      stopTicking();
      await eventing.close();
    },
  };
}
