import { X509Certificate } from "node:crypto";
import type { StoredObject } from "../apiserver/objects.ts";
import type { Names } from "../manifests/names.ts";
import { certificateNames } from "../manifests/names.ts";
import type { Issuer, Material } from "../material.ts";
import { toSecond } from "../stamps.ts";
import type { Cluster } from "./cluster.ts";
import { owner } from "./pods.ts";

const CERTIFICATE = "keda-operator-tls-certificates";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What cert-manager leaves behind: a Certificate, its newest CertificateRequest only, the Secret, an Event. */
export class CertManager {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #issuer: Issuer;
  #revision = 0;

  constructor(cluster: Cluster, names: Names, issuer: Issuer) {
    this.#cluster = cluster;
    this.#names = names;
    this.#issuer = issuer;
  }

  /** One issuance: the Certificate is Issuing, the request is signed, the Secret written, the Certificate ready. */
  issue(material: Material): void {
    const { objects, recorder, tell } = this.#cluster;
    this.#revision += 1;
    const certificate = objects.put("certificates", this.#certificate(undefined));
    objects.put("certificaterequests", this.#request(certificate, material));
    const old = { namespace: this.#names.namespace, name: `${CERTIFICATE}-${this.#revision - 1}` };
    objects.remove("certificaterequests", old);
    writeSecret(this.#cluster, this.#names, material, "cert-manager-certificates-issuing");
    const ready = objects.put("certificates", this.#certificate(material));
    const message = "The certificate has been successfully issued";
    const component = "cert-manager-certificates-issuing";
    recorder.record("certificates", ready, { type: "Normal", reason: "Issuing", message, component });
    tell("cert-manager", `issued ${CERTIFICATE} revision ${this.#revision}`);
  }

  #certificate(material: Material | undefined): StoredObject {
    const { namespace, secret } = this.#names;
    return {
      metadata: { name: CERTIFICATE, namespace },
      spec: {
        commonName: "keda-operator",
        dnsNames: certificateNames(this.#names),
        duration: "8760h0m0s",
        issuerRef: this.#issuerRef(),
        privateKey: { algorithm: "RSA", size: 2048 },
        renewBefore: "5840h0m0s",
        secretName: secret,
        usages: ["server auth", "client auth"],
      },
      status: material === undefined ? this.#issuing() : this.#ready(material),
    };
  }

  #issuerRef() {
    const name = this.#issuer === "chart" ? "keda-operator-issuer" : "keda-operator-selfsigned-issuer";
    return { group: "cert-manager.io", kind: "Issuer", name };
  }

  #issuing() {
    const words = { reason: "ManuallyTriggered", message: "Certificate re-issuance manually triggered" };
    return { conditions: [this.#condition("Issuing", words)], revision: this.#revision - 1 };
  }

  #ready({ tlsCrt }: Material) {
    const { validFrom, validTo } = new X509Certificate(tlsCrt);
    const expired = Date.parse(validTo) < this.#cluster.time.now();
    const words = expired
      ? { reason: "Expired", message: `Certificate expired on ${new Date(validTo).toUTCString()}` }
      : { reason: "Ready", message: "Certificate is up to date and has not expired" };
    return {
      conditions: [{ ...this.#condition("Ready", words), status: expired ? "False" : "True" }],
      notAfter: toSecond(Date.parse(validTo)),
      notBefore: toSecond(Date.parse(validFrom)),
      revision: this.#revision,
    };
  }

  #condition(type: string, words: { readonly reason: string; readonly message: string }) {
    const lastTransitionTime = toSecond(this.#cluster.time.now());
    return { type, status: "True", lastTransitionTime, observedGeneration: 1, ...words };
  }

  #request(certificate: StoredObject, { tlsCrt, caCrt }: Material): StoredObject {
    const at = toSecond(this.#cluster.time.now());
    const condition = (type: string, reason: string, message: string) => ({
      type,
      status: "True",
      lastTransitionTime: at,
      reason,
      message,
    });
    return {
      metadata: {
        name: `${CERTIFICATE}-${this.#revision}`,
        namespace: this.#names.namespace,
        annotations: {
          "cert-manager.io/certificate-name": CERTIFICATE,
          "cert-manager.io/certificate-revision": String(this.#revision),
        },
        ownerReferences: [owner("Certificate", CERTIFICATE, certificate.metadata.uid ?? "", "cert-manager.io/v1")],
      },
      spec: { duration: "8760h0m0s", issuerRef: this.#issuerRef(), usages: ["server auth", "client auth"] },
      status: {
        ca: base64(caCrt),
        certificate: base64(tlsCrt),
        conditions: [
          condition("Approved", "cert-manager.io", "Certificate request has been approved by cert-manager.io"),
          condition("Ready", "Issued", "Certificate fetched from issuer successfully"),
        ],
      },
    };
  }
}

/** Writes the Secret as `manager`; the certificate's name is annotated as cert-manager does. */
export function writeSecret(cluster: Cluster, names: Names, material: Material, manager: string): void {
  const { caCrt, tlsCrt, tlsKey } = material;
  const old = cluster.objects.get("secrets", { namespace: names.namespace, name: names.secret });
  const object = {
    metadata: {
      ...old?.metadata,
      name: names.secret,
      namespace: names.namespace,
      annotations: { "cert-manager.io/certificate-name": CERTIFICATE },
    },
    data: { "ca.crt": base64(caCrt), "tls.crt": base64(tlsCrt), "tls.key": base64(tlsKey) },
    type: "kubernetes.io/tls",
  };
  cluster.objects.put("secrets", object, manager);
}
