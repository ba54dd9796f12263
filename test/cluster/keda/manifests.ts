import { loadAll } from "js-yaml";
import { labelsOf, type Names } from "../../../src/sandbox/manifests/names.ts";
import type { Loose } from "../api/client.ts";
import type { Kubectl } from "../namespaces/spawned.ts";

export interface KedaOptions {
  readonly version: string;
  /** Folder of KEDA's module. */
  readonly module: string;
  readonly names: Names;
  readonly metricsApiservers: number;
  /** Mount the certificates file by file: such mounts never change. */
  readonly subPath?: boolean;
}

const yamlName = "keda-metrics-apiserver";

/** KEDA's own manifests with the release's tags, without the admission webhook, and with certificates from outside. */
export async function kedaManifests(kubectl: Kubectl, options: KedaOptions): Promise<readonly Loose[]> {
  const text = (await kubectl.kustomize(`${options.module}/config/default`)).replaceAll(
    /(app\.kubernetes\.io\/version: )(main|latest)\b/g,
    `$1${options.version}`,
  );
  return (loadAll(text) as Loose[])
    .filter((object) => !isAdmission(object))
    .map((object) => adapt(object, options))
    .map((object) => (options.names.install === "helm" ? asTheChart(object, options) : object));
}

const isAdmission = ({ kind, metadata }: Loose): boolean =>
  kind === "ValidatingWebhookConfiguration" || /admission/.test(metadata.name);

function adapt(object: Loose, options: KedaOptions): Loose {
  if (object.kind !== "Deployment") return object;
  const { spec } = object.spec.template;
  for (const container of spec.containers) {
    container.image = container.image.replace(/:[^/:]*$/, `:${options.version}`);
    container.args = container.args.map((arg: string) =>
      arg.startsWith("--enable-cert-rotation") ? "--enable-cert-rotation=false" : arg,
    );
    if (options.subPath === true) container.volumeMounts = fileByFile(container.volumeMounts);
  }
  if (object.metadata.name === yamlName) object.spec.replicas = options.metricsApiservers;
  return object;
}

const fileByFile = (mounts: readonly Loose[]): readonly Loose[] =>
  mounts.flatMap((mount) =>
    mount.mountPath === "/certs"
      ? ["ca.crt", "tls.crt", "tls.key"].map((name) => ({ ...mount, mountPath: `/certs/${name}`, subPath: name }))
      : [mount],
  );

/** Names, labels and arguments as KEDA's chart has them; one service account for both, as up to chart 2.13. */
function asTheChart(object: Loose, { names, version }: KedaOptions): Loose {
  // Not the image, which is called the same.
  const text = JSON.stringify(object).replaceAll(/(?<!\/)\bkeda-metrics-apiserver\b/g, names.metricsApiserver);
  const renamed: Loose = JSON.parse(text);
  if (renamed.kind !== "Deployment") return renamed;
  const { metadata, spec } = renamed;
  const labels = { app: metadata.name, ...labelsOf(names, metadata.name, version) };
  metadata.labels = labels;
  spec.template.metadata.labels = labels;
  // The chart leaves it to Kubernetes: 30 s for both.
  delete spec.template.spec.terminationGracePeriodSeconds;
  if (metadata.name === names.metricsApiserver)
    spec.template.spec.containers[0].args.push(
      `--metrics-service-address=${names.operator}.${names.namespace}.svc.cluster.local:9666`,
    );
  return renamed;
}
