import type { Loose } from "../api/client.ts";
import { type Adapted, adapterContainer } from "./adapter.ts";
import { type FunctionName, functionPort } from "./images.ts";

/** What this control plane gets of a render, and what it is told otherwise. */
export interface Translated {
  readonly crds: readonly Loose[];
  /** Objects as they were rendered, or what stands for kinds that are not here. */
  readonly objects: readonly Loose[];
  /** What Triggers ask for. */
  readonly triggers: readonly { readonly wants: (type: string) => boolean; readonly subscriber: FunctionName }[];
  /** What PingSources post to whom. */
  readonly timers: readonly {
    readonly subscriber: FunctionName;
    readonly extensions: Readonly<Record<string, string>>;
  }[];
  /** Deployments of the sources' adapters. */
  readonly adapters: readonly string[];
}

export interface Sinks {
  readonly broker: string;
  /** Where the adapters of sources post. */
  readonly sources: string;
}

const isForeign = ({ apiVersion }: Loose): boolean => /\.knative\.dev\//.test(apiVersion);
const kindOf =
  (kind: string) =>
  (object: Loose): boolean =>
    object.kind === kind && isForeign(object);

const functionOf = ({ ref }: Loose): FunctionName => ref.name.replace("keda-medic-", "");

/** Divides a render: what the API server has kinds for stays as it is, Knative's kinds become what Knative makes of them. */
export function translate(rendered: readonly Loose[], sinks: Sinks): Translated {
  const crds = rendered.filter(({ kind }) => kind === "CustomResourceDefinition");
  const plain = rendered.filter((object) => !crds.includes(object) && !isForeign(object));
  const bound = new Set(rendered.filter(kindOf("SinkBinding")).map(({ spec }) => spec.subject.name));
  const services = rendered.filter(kindOf("Service"));
  const sources = rendered.filter(kindOf("ApiServerSource"));
  return {
    crds,
    objects: [
      ...plain,
      ...services.flatMap((service) => serving(service, bound.has(service.metadata.name) ? sinks.broker : undefined)),
      ...sources.map((source) => adapter(source, sinks.sources)),
    ],
    triggers: rendered.filter(kindOf("Trigger")).map(({ spec }) => ({
      wants: (type) => spec.filters.every((filter: Loose) => passes(filter, type)),
      subscriber: functionOf(spec.subscriber),
    })),
    timers: rendered.filter(kindOf("PingSource")).map(({ spec }) => ({
      subscriber: functionOf(spec.sink),
      extensions: spec.ceOverrides?.extensions ?? {},
    })),
    adapters: sources.map(({ metadata }) => metadata.name),
  };
}

/** A filter of a Trigger by the event's type; what it asks of other attributes is taken to hold. */
export function passes(filter: Loose, type: string): boolean {
  const [[dialect, given]] = Object.entries<Loose>(filter) as [[string, Loose]];
  if (dialect === "any") return given.some((inner: Loose) => passes(inner, type));
  if (dialect === "all") return given.every((inner: Loose) => passes(inner, type));
  if (dialect === "not") return !passes(given, type);
  if (given.type === undefined) return true;
  if (dialect === "prefix") return type.startsWith(given.type);
  if (dialect === "exact") return type === given.type;
  throw new Error(`a Trigger asks with ${dialect}, which the harness does not know`);
}

const deployment = ({ metadata }: Loose, labels: Loose, replicas: number, spec: Loose): Loose => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { ...metadata },
  spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
});

/** The Pods that Knative Serving would start, one at least, and the Service in front of them. */
export function serving(service: Loose, sink: string | undefined): readonly Loose[] {
  const { metadata, spec } = service.spec.template;
  const { containerConcurrency: _concurrency, timeoutSeconds, ...podSpec } = spec;
  const replicas = Math.max(1, Number(metadata.annotations?.["autoscaling.knative.dev/min-scale"] ?? 1));
  const containers = spec.containers.map((container: Loose) => functionContainer(container, sink));
  const pods = { ...podSpec, containers, terminationGracePeriodSeconds: timeoutSeconds };
  const { name, namespace, labels } = service.metadata;
  return [
    deployment(service, metadata.labels, replicas, pods),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, labels },
      spec: { selector: metadata.labels, ports: [{ name: "http", port: 80, targetPort: functionPort }] },
    },
  ];
}

/** With the port, probes' port, POD_NAME (its host name) and K_SINK as Knative gives them. The command's file is the image's name. */
function functionContainer(container: Loose, sink: string | undefined): Loose {
  const { command, ports: _ports, ...rest } = container;
  const file = /functions\/knative\/(\w+)\.js$/.exec(command.at(-1))?.[1];
  const probe = (given: Loose): Loose => ({ ...given, httpGet: { ...given.httpGet, port: functionPort } });
  return {
    ...rest,
    image: container.image.replace(/:([^/:]*)$/, `/${file}:$1`),
    env: [...container.env, ...(sink === undefined ? [] : [{ name: "K_SINK", value: sink }])],
    ports: [{ name: "http", containerPort: functionPort }],
    livenessProbe: probe(container.livenessProbe),
    readinessProbe: probe(container.readinessProbe),
  };
}

const resourceOf = (kind: string): string => `${kind.toLowerCase()}s`;

/** The real adapter as Knative's controller starts it for an ApiServerSource, with the account that the chart made for it. */
function adapter(source: Loose, sink: string): Loose {
  const { metadata, spec } = source;
  const adapted: Adapted = {
    name: metadata.name,
    namespace: metadata.namespace,
    mode: spec.mode,
    resources: spec.resources.map(({ apiVersion, kind }: Loose) => ({ apiVersion, resource: resourceOf(kind) })),
    only: spec.namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"],
  };
  return deployment(source, { app: metadata.name }, 1, {
    serviceAccountName: spec.serviceAccountName,
    terminationGracePeriodSeconds: 5,
    containers: [adapterContainer(adapted, sink)],
  });
}
