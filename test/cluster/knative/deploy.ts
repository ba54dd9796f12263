import type { Api, Loose } from "../api/client.ts";
import type { Medic } from "../medic/deploy.ts";
import type { ChartOptions } from "../medic/deployChart.ts";
import { finish } from "../medic/finish.ts";
import { medicNamespace, namespace, nobody } from "../medic/manifests.ts";
import { renderChart, valuesOf } from "../medic/render.ts";
import type { Delivery } from "../scenarios/scenario.ts";
import { served } from "../world/cluster.ts";
import type { RealWorld } from "../world/realWorld.ts";
import { servingManifests } from "./definitions.ts";
import { eventingManifests } from "./manifests.ts";
import { Serving } from "./serving.ts";
import { openSink } from "./tap.ts";

const systemNamespace = "knative-eventing";
const deadLetterAddress = "10.0.0.40";

export interface EventingOptions extends Omit<ChartOptions, "host"> {
  /** Folders of modules by `folder` of the program. */
  readonly modules: Readonly<Record<string, string>>;
  /** Everybody shows a token: Knative's feature and the chart's value. */
  readonly oidc: boolean;
}

export interface OnEventing extends Medic {
  readonly delivery: Delivery;
}

/** Knative Eventing by its own manifests, with its own controllers. */
async function installKnative(world: RealWorld, { modules, oidc, say }: EventingOptions): Promise<void> {
  const { kubectl } = world.cluster;
  const flags = { "authentication-oidc": oidc ? "enabled" : "disabled" };
  const { first, rest } = await eventingManifests(modules["eventing"] ?? "", flags);
  await kubectl.apply([...first, ...(await servingManifests(modules["serving"] ?? ""))]);
  await Promise.all(
    ["eventing", "messaging", "sources", "serving"].map((group) => served(world.api, `/apis/${group}.knative.dev/v1`)),
  );
  await kubectl.apply(rest);
  say(`Knative Eventing: ${first.length + rest.length} objects are applied`);
  await world.until("Knative Eventing to be ready", () => deploymentsReady(world.api, systemNamespace), 240_000);
}

async function deploymentsReady(api: Api, where: string): Promise<boolean> {
  const all = await api.list(`/apis/apps/v1/namespaces/${where}/deployments`);
  return all.every(({ metadata, spec, status }) => {
    const observed = status?.observedGeneration === metadata.generation;
    return observed && (spec.replicas === 0 || status?.updatedReplicas === spec.replicas) && settled(spec, status);
  });
}

const settled = (spec: Loose, status: Loose): boolean =>
  (status?.readyReplicas ?? 0) === spec.replicas && (status?.replicas ?? 0) === spec.replicas;

/**
 * With OIDC the dispatcher of Knative Eventing 1.17 looks its channel up by the name of the channel's Service, finds none and
 * answers 500 to everything (knative/eventing#8705). A second channel of that name, with the policy that the Broker gives to the
 * real one, is found instead. No event goes to it.
 */
const channelByItsService: readonly Loose[] = [
  {
    apiVersion: "messaging.knative.dev/v1",
    kind: "InMemoryChannel",
    metadata: { name: "keda-medic-kne-trigger-kn-channel", namespace: medicNamespace },
  },
  {
    apiVersion: "eventing.knative.dev/v1alpha1",
    kind: "EventPolicy",
    metadata: { name: "from-the-ingress", namespace: medicNamespace },
    spec: {
      to: [
        {
          ref: {
            apiVersion: "messaging.knative.dev/v1",
            kind: "InMemoryChannel",
            name: "keda-medic-kne-trigger-kn-channel",
          },
        },
      ],
      from: [{ sub: "system:serviceaccount:knative-eventing:mt-broker-ingress-oidc" }],
    },
  },
];

/** Kinds whose readiness means that events flow. */
const kinds = [
  "eventing.knative.dev/v1/brokers",
  "eventing.knative.dev/v1/triggers",
  "sources.knative.dev/v1/sinkbindings",
  "sources.knative.dev/v1/apiserversources",
  "sources.knative.dev/v1/pingsources",
] as const;

const isReady = ({ metadata, status }: Loose): boolean =>
  status?.observedGeneration === metadata.generation &&
  status.conditions?.some(({ type, status: is }: Loose) => type === "Ready" && is === "True");

/** Names of what is not ready, with the reason that its controller gives. */
async function unready(api: Api): Promise<readonly string[]> {
  const lists = kinds.map(async (kind) => {
    const [group, version, plural] = kind.split("/");
    const all = await api.list(`/apis/${group}/${version}/namespaces/${medicNamespace}/${plural}`);
    return all
      .filter((object) => !isReady(object))
      .map(({ metadata, status }) => {
        const ready = status?.conditions?.find(({ type }: Loose) => type === "Ready");
        return `${plural}/${metadata.name}: ${ready?.reason ?? "no status"} ${ready?.message ?? ""}`;
      });
  });
  return (await Promise.all(lists)).flat();
}

/** Every function has the Broker's address, and runs with it. */
async function bound(api: Api): Promise<boolean> {
  const services = await api.list(`/apis/serving.knative.dev/v1/namespaces/${medicNamespace}/services`);
  return services.every(
    ({ metadata, spec, status }) =>
      status?.observedGeneration === metadata.generation &&
      spec.template.spec.containers[0].env.some(({ name }: Loose) => name === "K_SINK"),
  );
}

async function untilFlowing(world: RealWorld): Promise<void> {
  let left: readonly string[] = [];
  const flows = async (): Promise<boolean> => {
    left = await unready(world.api);
    return left.length === 0 && (await bound(world.api)) && (await deploymentsReady(world.api, medicNamespace));
  };
  await world.until("events to flow", flows, 180_000).catch((error) => {
    throw new Error([String(error), ...left].join("\n"));
  });
}

/**
 * Installs Knative Eventing and keda-medic's chart for it, as they are. Brokers, Triggers, SinkBindings and sources are made to
 * work by Knative's own controllers; only Knative Serving is played.
 */
export async function deployOnEventing(world: RealWorld, options: EventingOptions): Promise<OnEventing> {
  const { api, cluster } = world;
  const { kubectl } = cluster;
  await installKnative(world, options);
  const deadLetters = await openSink(deadLetterAddress);
  const values = [
    ...valuesOf("knative", options, world.names),
    `knative.deadLetterSink.uri=${deadLetters.url}`,
    `knative.oidc.enabled=${options.oidc}`,
    // The least that cron can say.
    "knative.schedule.due=* * * * *",
  ];
  const rendered = await renderChart(options.binaries["helm/helm"] ?? "helm", values);
  const crds = rendered.filter(({ kind }) => kind === "CustomResourceDefinition");
  const around = options.oidc ? channelByItsService : [];
  const objects = [...rendered.filter((object) => !crds.includes(object)), ...around];
  const serving = await Serving.open(api, kubectl);
  await kubectl.apply([namespace(medicNamespace), nobody]);
  await kubectl.apply(crds);
  const appliedAt = Date.now();
  await kubectl.apply(objects);
  options.say(`chart, host=knative: ${crds.length} CRDs and ${objects.length} objects are applied`);
  await untilFlowing(world);
  const kubectlPath = options.binaries["kubernetes/kubectl"] ?? "kubectl";
  return {
    delivery: { reached: (name) => serving.taps[name].passed, deadLetters: deadLetters.passed },
    finish: () => finish(world, { kubectl: kubectlPath, crds, objects, appliedAt, say: options.say }),
    close: async () => {
      serving.close();
      deadLetters.close();
    },
  };
}
