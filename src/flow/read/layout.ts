import type { Layout, LayoutRead } from "../../core/evidence.ts";
import type { KubeObject } from "../../ports/cluster.ts";
import { commandLine, containersOf } from "./deployment.ts";
import { asArray, asObject, asString, at, type Json } from "./json.ts";
import { selects } from "./pods.ts";
import { askingServiceCa } from "./serviceCa.ts";

const defaultPort = 9666;

/** Value of `--name=value` or `--name value` among a container's command and arguments. */
export function argument(container: Json, name: string): string | undefined {
  const words = commandLine(container);
  const joined = words.find((word) => word.startsWith(`--${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 3);
  const i = words.indexOf(`--${name}`);
  return i < 0 ? undefined : words[i + 1];
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the metrics-apiserver dials, by its argument or by KEDA's default (cmd/adapter `generateDefaultMetricsServiceAddr`). */
export function dialAddress(container: Json, namespace: string): Address {
  const given =
    argument(container, "metrics-service-address") ?? `keda-operator.${namespace}.svc.cluster.local:${defaultPort}`;
  const match = /^(?:[a-z]+:\/\/\/)?(.+?)(?::(\d+))?$/.exec(given);
  return { host: match?.[1] ?? given, port: Number(match?.[2] ?? defaultPort) };
}

/** Image, command and arguments: what tells whose program a container runs, under whatever name it is mirrored. */
const wordsOf = (container: Json): readonly string[] => [asString(container["image"]) ?? "", ...commandLine(container)];

/** The KEDA container of a Pod template: by image or program, else the only one if it speaks of KEDA at all. */
export function kedaContainer(deployment: KubeObject, word: RegExp): Json | undefined {
  const containers = containersOf(deployment);
  const named = containers.find((c) => wordsOf(c).some((text) => word.test(text)));
  if (named !== undefined) return named;
  const [only, ...others] = containers;
  if (only === undefined || others.length > 0) return undefined;
  return wordsOf(only).some((text) => /keda/i.test(text)) ? only : undefined;
}

export const adapterWords = /keda-metrics-apiserver|keda-adapter|keda.*adapter/;
export const operatorWords = /\/keda(?::|@|$)|keda-operator|\/keda$/;

interface Mounted {
  readonly secretName: string;
  readonly subPath: boolean;
}

function secretOf(deployment: KubeObject, volume: string): string | undefined {
  const volumes = asArray(at(deployment.spec, "template", "spec", "volumes")).map(asObject);
  const found = volumes.find((v) => v["name"] === volume);
  const direct = asString(at(found, "secret", "secretName"));
  if (direct !== undefined) return direct;
  const sources = asArray(at(found, "projected", "sources")).map(asObject);
  const only = sources.length === 1 ? asObject(sources[0]) : {};
  return at(only, "secret", "items") === undefined ? asString(at(only, "secret", "name")) : undefined;
}

/** The one Secret behind --cert-dir; undefined where several volumes or a mix of sources stand there (OpenShift). */
function mountedSecret(deployment: KubeObject, container: Json): Mounted | undefined {
  const dir = (argument(container, "cert-dir") ?? "/certs").replace(/\/+$/, "");
  const mounts = asArray(container["volumeMounts"]).map(asObject);
  const here = mounts.filter((m) => m["mountPath"] === dir || (asString(m["mountPath"]) ?? "").startsWith(`${dir}/`));
  const names = [...new Set(here.map((m) => asString(m["name"]) ?? ""))];
  const secretName = names.length === 1 ? secretOf(deployment, names[0] ?? "") : undefined;
  if (secretName === undefined) return undefined;
  return { secretName, subPath: here.some((m) => asString(m["subPath"]) !== undefined) };
}

const refused = (code: Extract<LayoutRead, { supported: false }>["code"], detail: string): LayoutRead => ({
  supported: false,
  code,
  detail,
});

/** Deployments whose Pod template a Service selects. */
export const selectedBy = (service: KubeObject, deployments: readonly KubeObject[]): readonly KubeObject[] =>
  deployments.filter((d) =>
    selects(
      at(service.spec, "selector"),
      asObject(at(d.spec, "template", "metadata", "labels")) as Record<string, string>,
    ),
  );

export interface Found {
  readonly namespace: string;
  readonly service: KubeObject;
  readonly operatorService: KubeObject;
  readonly metricsApiserver: KubeObject;
  readonly operator: KubeObject;
}

/** The one Deployment behind a Service, or why there is not exactly one KEDA behind it. */
export function onlyDeployment(
  service: KubeObject,
  deployments: readonly KubeObject[],
  what: string,
): KubeObject | LayoutRead {
  const name = `${service.metadata.namespace}/${service.metadata.name}`;
  const selected = selectedBy(service, deployments);
  const first = selected[0];
  if (first === undefined)
    return refused(
      "NotKedaProvider",
      `Service ${name} selects no Deployment in its namespace, so ${what} is not KEDA's or not a Deployment.`,
    );
  if (selected.length === 1) return first;
  const names = selected.map((d) => d.metadata.name).join(", ");
  return refused(
    "AmbiguousInstallation",
    `Service ${name} selects ${selected.length} Deployments (${names}): which of them is ${what} cannot be told. Remove the left-over one.`,
  );
}

/** Names differ between plain YAML and Helm: everything is resolved, nothing is assumed. */
export function readLayout({ namespace, service, operatorService, metricsApiserver, operator }: Found): LayoutRead {
  const adapter = kedaContainer(metricsApiserver, adapterWords);
  const operating = kedaContainer(operator, operatorWords);
  if (adapter === undefined || operating === undefined)
    return refused("NotKedaProvider", "External metrics are served by something that is not KEDA's metrics-apiserver.");
  const verifier = mountedSecret(metricsApiserver, adapter);
  const presenter = mountedSecret(operator, operating);
  if (verifier === undefined || presenter === undefined || verifier.secretName !== presenter.secretName) {
    return refused(
      "UnsupportedLayout",
      `${operator.metadata.name} and ${metricsApiserver.metadata.name} do not mount one and the same Secret as --cert-dir (${presenter?.secretName ?? "no single Secret"}, ${verifier?.secretName ?? "no single Secret"}), as on OpenShift: our proof does not hold there.`,
    );
  }
  const { host, port } = dialAddress(adapter, namespace);
  const serviceCaFor = askingServiceCa([service, operatorService], verifier.secretName);
  const layout: Layout = {
    namespace,
    operator: operator.metadata.name,
    metricsApiserver: metricsApiserver.metadata.name,
    secretName: verifier.secretName,
    dialName: argument(adapter, "metrics-service-grpc-authority") ?? host,
    dialPort: port,
    serviceName: `${service.metadata.name}.${namespace}.svc`,
    subPath: verifier.subPath,
    ...(serviceCaFor.length === 0 ? {} : { serviceCaFor }),
  };
  return { supported: true, layout };
}
