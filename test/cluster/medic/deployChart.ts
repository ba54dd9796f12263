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
  const { crds, objects, triggers, timers, adapters: sources } = translate(rendered, sinks);
  adapters = sources;
  for (const { wants, subscriber } of triggers)
    eventing.broker.subscribe({ wants, subscriber: functionUrl(subscriber) });
  const appliedAt = Date.now();
  await kubectl.apply([namespace(medicNamespace), nobody]);
  await kubectl.apply(crds);
  await kubectl.apply(objects);
  options.say(`chart, host=${options.host}: ${crds.length} CRDs and ${objects.length} objects are applied`);
  await untilDeployed(world);
  if (options.host === "knative") world.events = eventing.gateway;
  const stops = timers.map(({ subscriber, extensions }) => {
    // A look at everything is rarer, as in the chart; it is not as rare as there.
    const every = "kedamedictick" in extensions ? options.sweepEvery : 4 * options.sweepEvery;
    return startTicker(functionUrl(subscriber), every, extensions);
  });
  const stopTicking = (): void => {
    for (const stop of stops) stop();
  };
  const kubectlPath = options.binaries["kubernetes/kubectl"] ?? "kubectl";
  return {
    finish: () => {
      stopTicking();
      return finish(world, { kubectl: kubectlPath, crds, objects, appliedAt, say: options.say });
    },
    close: async () => {
      stopTicking();
      await eventing.close();
    },
  };
}
