import type { Names } from "../../../src/sandbox/manifests/names.ts";
import type { Material } from "../../../src/sandbox/material.ts";
import type { Api } from "../api/client.ts";

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

export interface Writing {
  readonly manager: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Applies KEDA's Secret as somebody: the field manager tells who wrote it, and when. */
export async function writeSecret(api: Api, names: Names, material: Material, { manager, annotations }: Writing) {
  const path = `/api/v1/namespaces/${names.namespace}/secrets/${names.secret}?fieldManager=${manager}&force=true`;
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: { name: names.secret, namespace: names.namespace, ...(annotations === undefined ? {} : { annotations }) },
    data: { "ca.crt": base64(material.caCrt), "tls.crt": base64(material.tlsCrt), "tls.key": base64(material.tlsKey) },
  };
  return api.patch(path, body, "application/apply-patch+yaml");
}
