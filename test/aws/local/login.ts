import { createHash, createHmac } from "node:crypto";

/** Keys of one role, as STS knows them. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** AWS, "Create a signed AWS API request": everything but letters, digits and -_.~ is percent-encoded. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The signature that STS would count for this presigned GET, by Signature Version 4. */
function signatureOf(url: URL, cluster: string, secret: string): string {
  const parameters = [...url.searchParams].filter(([name]) => name !== "X-Amz-Signature");
  const query = parameters.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
  const scope = (url.searchParams.get("X-Amz-Credential") ?? "").split("/").slice(1);
  const at = url.searchParams.get("X-Amz-Date") ?? "";
  const headers = `host:${url.host}\nx-k8s-aws-id:${cluster}\n`;
  const canonical = ["GET", "/", query.join("&"), headers, "host;x-k8s-aws-id", sha256("")].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", at, scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((made, part) => hmac(made, part), `AWS4${secret}`);
  return hmac(key, toSign).toString("hex");
}

const prefix = "k8s-aws-v1.";

function urlIn(token: string): URL | undefined {
  if (!token.startsWith(prefix) || /[^A-Za-z0-9_-]/.test(token.slice(prefix.length))) return undefined;
  return URL.parse(Buffer.from(token.slice(prefix.length), "base64url").toString()) ?? undefined;
}

/** Younger than 15 minutes, and not out of the future. */
function isFresh(date: string): boolean {
  const [y, m, d, h, min, s] = date.match(/\d\d/g)?.slice(1) ?? [];
  const age = Date.now() - Date.parse(`20${y}-${m}-${d}T${h}:${min}:${s}Z`);
  return age > -60_000 && age < 15 * 60_000;
}

const known = /^(Action|Version|X-Amz-(Algorithm|Credential|Date|Expires|Security-Token|Signature|SignedHeaders))$/;

/** What aws-iam-authenticator asks of the address (pkg/token/token.go): https, a host of STS, that call, nothing more. */
const isWellFormed = ({ protocol, host, searchParams: given }: URL): boolean =>
  protocol === "https:" &&
  /^sts\.[a-z0-9-]+\.amazonaws\.com$/.test(host) &&
  given.get("Action") === "GetCallerIdentity" &&
  given.get("X-Amz-SignedHeaders") === "host;x-k8s-aws-id" &&
  [...given.keys()].every((name) => known.test(name)) &&
  isFresh(given.get("X-Amz-Date") ?? "");

/** Whose token it is: the access key, or undefined for a token that EKS would not take. */
export function callerOf(token: string, cluster: string, keys: readonly Keys[]): string | undefined {
  const url = urlIn(token);
  if (url === undefined || !isWellFormed(url)) return undefined;
  const given = url.searchParams;
  const owner = keys.find(({ accessKeyId }) => given.get("X-Amz-Credential")?.startsWith(`${accessKeyId}/`));
  const signed = owner && signatureOf(url, cluster, owner.secretAccessKey) === given.get("X-Amz-Signature");
  return signed ? owner.accessKeyId : undefined;
}
