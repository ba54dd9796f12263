import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { SignatureV4 } from "@smithy/signature-v4";
import { servingCertificate } from "../../../../src/sandbox/servingCertificate.ts";
import { Sha256 } from "../../../edge/eks/sha256.ts";
import type { Loose } from "../../api/client.ts";

/** Whose keys are whose, and who he is in the cluster: a role's session, and its EKS access entry. */
export interface Entry {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly username: string;
  readonly groups: readonly string[];
}

export interface Login {
  /** Name of the EKS cluster, which the signature must hold. */
  readonly cluster: string;
  readonly region: string;
  readonly entries: readonly Entry[];
}

/** A person in the cluster, or why the token is nobody's. */
export type Review = { readonly user: Entry } | { readonly error: string };

const prefix = "k8s-aws-v1.";
const idHeader = "x-k8s-aws-id";
/** aws-iam-authenticator, pkg/token/token.go: whatever else stands in the address could be another call. */
const parameters = [
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
];
/** EKS takes a token for 15 minutes from its date. */
const goodFor = 15 * 60_000;

function urlIn(token: string): URL | undefined {
  const text = token.startsWith(prefix) ? token.slice(prefix.length) : "";
  if (text === "" || /[^\w-]/.test(text)) return undefined;
  return URL.parse(Buffer.from(text, "base64url").toString("utf8")) ?? undefined;
}

/** `20261124T120000Z` to epoch milliseconds; NaN for nonsense. */
const instantOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** What is wrong with the address; every check by its own name. */
function wrong(
  { protocol, host, pathname, searchParams: given }: URL,
  region: string,
  now: number,
): string | undefined {
  const age = now - instantOf(given.get("X-Amz-Date") ?? "");
  const checks: readonly (readonly [boolean, string])[] = [
    [protocol === "https:", "its scheme is not https"],
    [host === `sts.${region}.amazonaws.com`, "its host is not STS of this region"],
    [pathname === "/", "its path is not /"],
    [[...given.keys()].every((name) => parameters.includes(name)), "it has a parameter that is not known"],
    [new Set(given.keys()).size === [...given.keys()].length, "it has a parameter twice"],
    [given.get("Action") === "GetCallerIdentity", "its action is not GetCallerIdentity"],
    [given.get("X-Amz-Expires") === "60", "its X-Amz-Expires is not 60"],
    [given.get("X-Amz-SignedHeaders") === `host;${idHeader}`, `its signed headers are not host and ${idHeader}`],
    [age > -60_000 && age < goodFor, "it has expired"],
  ];
  return checks.find(([holds]) => !holds)?.[1];
}

/** The signature that STS reckons for such a request with these keys: AWS's own signer, none of our code. */
async function signatureOf(url: URL, { cluster, region }: Login, entry: Entry): Promise<string> {
  const signer = new SignatureV4({ credentials: entry, region, service: "sts", sha256: Sha256 });
  const request = {
    method: "GET",
    protocol: "https:",
    hostname: url.host,
    path: "/",
    headers: { host: url.host, [idHeader]: cluster },
    query: { Action: "GetCallerIdentity", Version: url.searchParams.get("Version") ?? "" },
  };
  const signed = await signer.presign(request, {
    expiresIn: Number(url.searchParams.get("X-Amz-Expires")),
    signingDate: new Date(instantOf(url.searchParams.get("X-Amz-Date") ?? "")),
    // What begins with x- would be moved into the query otherwise.
    unhoistableHeaders: new Set([idHeader]),
  });
  return String(signed.query?.["X-Amz-Signature"]);
}

/** What aws-iam-authenticator and STS together make of a token. */
export async function review(token: string, login: Login, now: number = Date.now()): Promise<Review> {
  const url = urlIn(token);
  if (url === undefined) return { error: "it is no token of EKS" };
  const problem = wrong(url, login.region, now);
  if (problem !== undefined) return { error: problem };
  const given = url.searchParams;
  const [key] = (given.get("X-Amz-Credential") ?? "").split("/");
  const entry = login.entries.find(({ accessKeyId }) => accessKeyId === key);
  if (entry === undefined) return { error: "its key is not known" };
  if (given.get("X-Amz-Security-Token") !== entry.sessionToken) return { error: "its session is another one" };
  const signed = (await signatureOf(url, login, entry)) === given.get("X-Amz-Signature");
  return signed ? { user: entry } : { error: "its signature does not match" };
}

const statusOf = (reviewed: Review): Loose =>
  "error" in reviewed
    ? { authenticated: false, error: reviewed.error }
    : {
        authenticated: true,
        user: { username: reviewed.user.username, uid: reviewed.user.accessKeyId, groups: reviewed.user.groups },
      };

/** The authenticator that EKS has beside its API server. */
export interface Authenticator {
  /** A kubeconfig for `--authentication-token-webhook-config-file`. */
  readonly kubeconfig: string;
  /** Why tokens were refused, in order. */
  readonly refusals: readonly string[];
  readonly accepted: () => number;
  close(): Promise<void>;
}

/** TokenReview v1 over HTTPS. */
export async function startAuthenticator(login: Login): Promise<Authenticator> {
  const refusals: string[] = [];
  let accepted = 0;
  const { ca, cert, key } = servingCertificate("127.0.0.1");
  const server = createServer({ cert, key }, (request, response) => {
    void (json(request) as Promise<Loose>).then(
      async ({ apiVersion, kind, spec }) => {
        const reviewed = await review(spec.token, login);
        if ("error" in reviewed) refusals.push(reviewed.error);
        else accepted += 1;
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ apiVersion, kind, status: statusOf(reviewed) }));
      },
      () => response.writeHead(400).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const cluster = {
    server: `https://127.0.0.1:${port}/authenticate`,
    "certificate-authority-data": Buffer.from(ca).toString("base64"),
  };
  return {
    kubeconfig: JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "authenticator", cluster }],
      users: [{ name: "kube-apiserver", user: {} }],
      contexts: [{ name: "webhook", context: { cluster: "authenticator", user: "kube-apiserver" } }],
      "current-context": "webhook",
    }),
    refusals,
    accepted: () => accepted,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
