import { createHash, createHmac } from "node:crypto";
import type { Instant } from "../../core/instant.ts";

/** Keys of an AWS role. Secrets: only used to sign. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Login {
  /** Name of the EKS cluster: signed, so that the token is good for no other. */
  readonly cluster: string;
  readonly region: string;
  readonly keys: Keys;
  readonly now: Instant;
}

/** Seconds. Servers ignore it and count 15 minutes from the date; old ones want it to be there. */
const expires = "60";
const clusterHeader = "x-k8s-aws-id";
const signedHeaders = `host;${clusterHeader}`;

/** STS of a region. China has a domain of its own; GovCloud has not. */
export const stsHost = (region: string): string =>
  `sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

/** RFC 3986 as SigV4 wants it: what `encodeURIComponent` leaves alone is encoded, too. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** `20261124T120000Z` */
const amzDate = (now: Instant): string => new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");

/** `20261124/eu-west-1/sts/aws4_request`: what the key is good for. */
const scopeOf = ({ region, now }: Login): string => `${amzDate(now).slice(0, 8)}/${region}/sts/aws4_request`;

function queryOf(login: Login): string {
  const { keys, now } = login;
  const parameters: Readonly<Record<string, string>> = {
    Action: "GetCallerIdentity",
    Version: "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${keys.accessKeyId}/${scopeOf(login)}`,
    "X-Amz-Date": amzDate(now),
    "X-Amz-Expires": expires,
    ...(keys.sessionToken === undefined ? {} : { "X-Amz-Security-Token": keys.sessionToken }),
    "X-Amz-SignedHeaders": signedHeaders,
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

/**
 * A presigned GET of sts:GetCallerIdentity, by Signature Version 4 (IAM user guide, "Create a signed AWS API request").
 * Whoever holds it can learn whose it is from STS, for 15 minutes, and nothing else.
 */
export function presignedUrl(login: Login): string {
  const { cluster, region, keys, now } = login;
  const host = stsHost(region);
  const query = queryOf(login);
  const canonical = ["GET", "/", query, `host:${host}\n${clusterHeader}:${cluster}\n`, signedHeaders, sha256("")];
  const scope = scopeOf(login);
  const toSign = ["AWS4-HMAC-SHA256", amzDate(now), scope, sha256(canonical.join("\n"))].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
  return `https://${host}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString("hex")}`;
}

/** The bearer token that EKS takes: the presigned URL in base64url without padding. */
export const eksToken = (login: Login): string =>
  `k8s-aws-v1.${Buffer.from(presignedUrl(login), "utf8").toString("base64url")}`;
