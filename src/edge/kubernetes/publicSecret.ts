import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Instant } from "../../core/instant.ts";
import { type Seen, sawAt, unseen } from "../../core/seen.ts";
import type { KubeObject, ObjectMeta, PublicSecret } from "../../ports/cluster.ts";
import type { KubeClient } from "./client.ts";
import { lookUp } from "./look.ts";
import { kubePath } from "./path.ts";

interface RawSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** GETs a Secret and keeps its public half; whether tls.key fits is answered here and the key goes no further. */
export async function lookUpSecret(client: KubeClient, namespace: string, name: string): Promise<Seen<PublicSecret>> {
  const secret = await lookUp(client, kubePath("api", "v1", "namespaces", namespace, "secrets", name));
  return secret.seen ? sawAt(publicHalf(secret.value, secret.at), secret.at) : secret;
}

function publicHalf(secret: RawSecret, at: Instant): PublicSecret {
  const data = secret.data ?? {};
  const caCrt = decode(data["ca.crt"]);
  const tlsCrt = decode(data["tls.crt"]);
  return {
    metadata: publicMeta(secret.metadata),
    ...(caCrt === undefined ? {} : { caCrt }),
    ...(tlsCrt === undefined ? {} : { tlsCrt }),
    keys: Object.keys(data),
    keyFits: keyFits(data["tls.key"], tlsCrt, at),
  };
}

const PRIVATE = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----\s*|$)/g;

/** Text of a public key of the Secret. People put a key and its certificate into one file: the key is cut out. */
const decode = (base64: string | undefined): string | undefined =>
  base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("utf8").replace(PRIVATE, "");

/** cert-manager's annotations, our own, and the one by which OpenShift's service-ca says for whom it made the Secret. */
const keptAnnotation =
  /^(cert-manager\.io|kedamedic\.dev)\/|^service\.(alpha|beta)\.openshift\.io\/originating-service-name$/;

/** Annotations of `kubectl apply` repeat the whole Secret, key and all: only those that we read are kept. */
function publicMeta(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp, labels, managedFields } = metadata;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => keptAnnotation.test(key));
  const known = { namespace, uid, resourceVersion, creationTimestamp, labels, managedFields };
  const present = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { name, ...present, annotations: Object.fromEntries(annotations) };
}

function keyFits(key: string | undefined, tlsCrt: string | undefined, at: Instant): Seen<boolean> {
  if (key === undefined) return unseen("NotFound", "the Secret has no tls.key");
  if (tlsCrt === undefined) return unseen("NotFound", "the Secret has no tls.crt that tls.key could fit");
  const certificate = readCertificate(tlsCrt);
  if (certificate === undefined)
    return unseen("Malformed", "tls.crt cannot be read, so whether tls.key fits is unknown");
  return sawAt(fits(key, certificate), at);
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The only place that touches a private key. A key that cannot be read fits nothing. */
function fits(base64: string, certificate: X509Certificate): boolean {
  const pem = Buffer.from(base64, "base64");
  try {
    return certificate.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return false;
  } finally {
    pem.fill(0);
  }
}
