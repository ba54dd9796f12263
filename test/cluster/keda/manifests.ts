import { loadAll } from "js-yaml";
import type { Loose } from "../api/client.ts";
import type { Kubectl } from "../namespaces/spawned.ts";

export interface KedaOptions {
  readonly version: string;
  /** Folder of KEDA's module. */
  readonly module: string;
  readonly metricsApiservers: number;
  /** Mount the certificates file by file: such mounts never change. */
  readonly subPath?: boolean;
}

/** KEDA's own manifests with the release's tags, without the admission webhook, and with certificates from outside. */
export async function kedaManifests(kubectl: Kubectl, options: KedaOptions): Promise<readonly Loose[]> {
  const text = (await kubectl.kustomize(`${options.module}/config/default`)).replaceAll(
    /(app\.kubernetes\.io\/version: )(main|latest)\b/g,
    `$1${options.version}`,
  );
  return (loadAll(text) as Loose[]).filter((object) => !isAdmission(object)).map((object) => adapt(object, options));
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
  if (object.metadata.name === "keda-metrics-apiserver") object.spec.replicas = options.metricsApiservers;
  return object;
}

const fileByFile = (mounts: readonly Loose[]): readonly Loose[] =>
  mounts.flatMap((mount) =>
    mount.mountPath === "/certs"
      ? ["ca.crt", "tls.crt", "tls.key"].map((name) => ({ ...mount, mountPath: `/certs/${name}`, subPath: name }))
      : [mount],
  );
