import type { Api, Loose } from "../api/client.ts";
import { Reflector } from "../api/reflector.ts";
import type { Names } from "../namespaces/names.ts";
import { type Endpoint, Forwarder } from "./forwarder.ts";

/** What kube-proxy and the cluster's DNS do. */
export class Services {
  readonly #names: Names;
  readonly #services: Reflector;
  readonly #slices: Reflector;
  readonly #forwarders = new Map<string, Forwarder>();
  readonly #reroute: (endpoint: Endpoint) => Endpoint;

  /** @param reroute where a connection to an endpoint really goes, when a test wants it elsewhere */
  constructor(api: Api, names: Names, reroute: (endpoint: Endpoint) => Endpoint = (endpoint) => endpoint) {
    this.#names = names;
    this.#reroute = reroute;
    this.#slices = new Reflector(api, {
      path: "/apis/discovery.k8s.io/v1/endpointslices",
      onChange: () => this.#adjust(),
    });
    this.#services = new Reflector(api, {
      path: "/api/v1/services",
      onChange: (service, gone) => this.#service(service, gone),
    });
  }

  async synced(): Promise<void> {
    await Promise.all([this.#services.synced(), this.#slices.synced()]);
  }

  /** Breaks or mends the way to one port of a Service, for everybody who goes through its ClusterIP. */
  cut(namespace: string, service: string, isCut: boolean): void {
    for (const [key, forwarder] of this.#forwarders)
      if (key.startsWith(`${namespace}/${service}:`)) forwarder.cut(isCut);
  }

  close(): void {
    this.#services.close();
    this.#slices.close();
    for (const forwarder of this.#forwarders.values()) forwarder.close();
  }

  #service(service: Loose, gone: boolean): void {
    const { namespace, name } = service.metadata;
    if (gone) this.#names.remove(namespace, name);
    else if (service.spec.type === "ExternalName") this.#names.alias(namespace, name, service.spec.externalName);
    else if (service.spec.clusterIP && service.spec.clusterIP !== "None")
      this.#names.set(namespace, name, service.spec.clusterIP);
    this.#adjust();
  }

  /** Few Services and no hurry: everything is reckoned anew. */
  #adjust(): void {
    const wanted = new Set<string>();
    for (const service of this.#services?.objects.values() ?? [])
      for (const port of portsOf(service)) wanted.add(this.#forward(service, port));
    for (const [key, forwarder] of this.#forwarders) if (!wanted.has(key)) forwarder.set([]);
  }

  #forward(service: Loose, port: Loose): string {
    const key = `${service.metadata.namespace}/${service.metadata.name}:${port.port}`;
    const forwarder = this.#forwarders.get(key) ?? new Forwarder({ host: service.spec.clusterIP, port: port.port });
    this.#forwarders.set(key, forwarder);
    forwarder.set(this.#endpoints(service, port));
    return key;
  }

  #endpoints(service: Loose, { name }: Loose): readonly Endpoint[] {
    const { namespace, name: serviceName } = service.metadata;
    const slices = [...this.#slices.objects.values()].filter(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.labels?.["kubernetes.io/service-name"] === serviceName,
    );
    return slices.flatMap(({ endpoints, ports }) => {
      const port = (ports ?? []).find((candidate: Loose) => (candidate.name ?? "") === (name ?? ""))?.port;
      if (port === undefined) return [];
      const ready = (endpoints ?? []).filter((endpoint: Loose) => endpoint.conditions?.ready !== false);
      return ready.map((endpoint: Loose) => this.#reroute({ host: endpoint.addresses[0], port }));
    });
  }
}

const portsOf = ({ spec }: Loose): readonly Loose[] =>
  spec.clusterIP && spec.clusterIP !== "None" ? (spec.ports ?? []) : [];
