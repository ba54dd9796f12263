import { X509Certificate } from "node:crypto";
import { certificateNames, type Names } from "../../../src/sandbox/manifests/names.ts";
import type { Material } from "../../../src/sandbox/material.ts";
import { toSecond } from "../../../src/sandbox/stamps.ts";
import type { Api, Loose } from "../api/client.ts";
import { base64, writeSecret } from "./secret.ts";

const certificate = "keda-operator-tls-certificates";
const group = "cert-manager.io";

const crd = (kind: string, plural: string): Loose => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
});

/** cert-manager's kinds as far as they are read; its own schemas are in no module. */
export const certManagerCrds: readonly Loose[] = [
  crd("Certificate", "certificates"),
  crd("CertificateRequest", "certificaterequests"),
];

/** Leaves behind what cert-manager 1.18 does: the Certificate, its newest CertificateRequest only, and the Secret. */
export class CertManager {
  readonly #api: Api;
  readonly #names: Names;
  readonly #path: string;
  #revision = 0;

  constructor(api: Api, names: Names) {
    this.#api = api;
    this.#names = names;
    this.#path = `/apis/${group}/v1/namespaces/${names.namespace}`;
  }

  /** One issuance, step by step as its controllers do it. */
  async issue(material: Material): Promise<void> {
    this.#revision += 1;
    const owner = this.#revision === 1 ? await this.#create() : await this.#api.get(this.#certificatePath());
    await this.#status(this.#certificatePath(), {
      conditions: [condition("Issuing", "ManuallyTriggered", "Certificate re-issuance manually triggered")],
    });
    await this.#request(owner, material);
    await writeSecret(this.#api, this.#names, material, {
      manager: "cert-manager-certificates-issuing",
      annotations: { [`${group}/certificate-name`]: certificate },
    });
    const { validFrom, validTo } = new X509Certificate(material.tlsCrt);
    await this.#status(this.#certificatePath(), {
      conditions: [condition("Ready", "Ready", "Certificate is up to date and has not expired")],
      notBefore: toSecond(Date.parse(validFrom)),
      notAfter: toSecond(Date.parse(validTo)),
      revision: this.#revision,
    });
  }

  #certificatePath(): string {
    return `${this.#path}/certificates/${certificate}`;
  }

  #create(): Promise<Loose> {
    return this.#api.create(`${this.#path}/certificates`, {
      apiVersion: `${group}/v1`,
      kind: "Certificate",
      metadata: { name: certificate, namespace: this.#names.namespace },
      spec: {
        commonName: "keda-operator",
        dnsNames: certificateNames(this.#names),
        issuerRef,
        secretName: this.#names.secret,
      },
    });
  }

  async #request({ metadata }: Loose, { tlsCrt, caCrt }: Material): Promise<void> {
    const name = `${certificate}-${this.#revision}`;
    const controller = { apiVersion: `${group}/v1`, kind: "Certificate", controller: true, blockOwnerDeletion: true };
    await this.#api.create(`${this.#path}/certificaterequests`, {
      apiVersion: `${group}/v1`,
      kind: "CertificateRequest",
      metadata: {
        name,
        namespace: this.#names.namespace,
        annotations: {
          [`${group}/certificate-name`]: certificate,
          [`${group}/certificate-revision`]: String(this.#revision),
        },
        ownerReferences: [{ ...controller, name: certificate, uid: metadata.uid }],
      },
      spec: { issuerRef, request: "" },
    });
    await this.#status(`${this.#path}/certificaterequests/${name}`, {
      ca: base64(caCrt),
      certificate: base64(tlsCrt),
      conditions: [condition("Ready", "Issued", "Certificate fetched from issuer successfully")],
    });
    if (this.#revision > 1)
      await this.#api.remove(`${this.#path}/certificaterequests/${certificate}-${this.#revision - 1}`);
  }

  async #status(path: string, status: Loose): Promise<void> {
    await this.#api.patch(`${path}/status`, { status });
  }
}

const issuerRef = { group, kind: "Issuer", name: "keda-operator-selfsigned-issuer" };

const condition = (type: string, reason: string, message: string): Loose => ({
  type,
  status: "True",
  reason,
  message,
  lastTransitionTime: toSecond(Date.now()),
});
