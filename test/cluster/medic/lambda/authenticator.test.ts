import { request as send } from "node:https";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { minutes } from "../../../../src/core/instant.ts";
import { presignedUrl } from "../../../../src/edge/eks/presign.ts";
import type { Loose } from "../../api/client.ts";
import { type Entry, review, startAuthenticator } from "./authenticator.ts";

const now = Date.parse("2026-11-24T12:00:00Z");
const entry: Entry = {
  accessKeyId: "ASIARESPOND",
  secretAccessKey: "hunter2",
  sessionToken: "session/+=",
  username: "arn:aws:sts::111122223333:assumed-role/respond/respond",
  groups: ["keda-medic:respond"],
};
const login = { cluster: "prod", region: "eu-west-1", entries: [entry] };

const tokenOf = (url: string): string => `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
const url = (
  changes: { readonly cluster?: string; readonly keys?: Partial<Entry>; readonly now?: number } = {},
): string =>
  presignedUrl({
    cluster: changes.cluster ?? "prod",
    region: "eu-west-1",
    keys: { ...entry, ...changes.keys },
    now: changes.now ?? now,
  });

test("a token of ours is its role's, with the groups of its access entry", async () => {
  expect(await review(tokenOf(url()), login, now)).toEqual({ user: entry });
  expect(await review(tokenOf(url()), login, now + minutes(14))).toEqual({ user: entry });
});

test.each([
  ["signed with another key", tokenOf(url({ keys: { secretAccessKey: "other" } })), "its signature does not match"],
  ["signed for another cluster", tokenOf(url({ cluster: "prod-2" })), "its signature does not match"],
  ["of a key without an access entry", tokenOf(url({ keys: { accessKeyId: "ASIAOTHER" } })), "its key is not known"],
  ["of another session", tokenOf(url({ keys: { sessionToken: "old" } })), "its session is another one"],
  ["older than 15 minutes", tokenOf(url({ now: now - minutes(15) })), "it has expired"],
  ["out of the future", tokenOf(url({ now: now + minutes(2) })), "it has expired"],
  ["by http", tokenOf(url().replace("https:", "http:")), "its scheme is not https"],
  ["for another host", tokenOf(url().replace("sts.eu-west-1", "sts.eu-west-2")), "its host is not STS of this region"],
  [
    "for another action",
    tokenOf(url().replace("GetCallerIdentity", "GetSessionToken")),
    "its action is not GetCallerIdentity",
  ],
  ["good for longer", tokenOf(url().replace("Expires=60", "Expires=900")), "its X-Amz-Expires is not 60"],
  [
    "without the cluster among its signed headers",
    tokenOf(url().replace("host%3Bx-k8s-aws-id", "host")),
    "its signed headers are not host and x-k8s-aws-id",
  ],
  ["with one more parameter", tokenOf(`${url()}&RoleArn=x`), "it has a parameter that is not known"],
  ["with a parameter twice", tokenOf(`${url()}&Action=GetCallerIdentity`), "it has a parameter twice"],
  [
    "with a changed signature",
    tokenOf(url().replace(/.$/, (c) => (c === "0" ? "1" : "0"))),
    "its signature does not match",
  ],
  ["of another prefix", tokenOf(url()).replace("v1.", "v2."), "it is no token of EKS"],
  ["with padding", `${tokenOf(url())}=`, "it is no token of EKS"],
])("a token %s is refused", async (_what, token, error) => {
  expect(await review(token, login, now)).toEqual({ error });
});

test("a TokenReview is answered over HTTPS, with who it is or that it is nobody", async () => {
  const authenticator = await startAuthenticator(login);
  try {
    const { server, "certificate-authority-data": ca } = JSON.parse(authenticator.kubeconfig).clusters[0].cluster;
    const reviewOf = (token: string): Promise<Loose> =>
      new Promise((resolve, reject) => {
        const asked = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
        const sent = send(server, { method: "POST", ca: Buffer.from(ca, "base64") }, (answer) => {
          text(answer).then((body) => resolve(JSON.parse(body)), reject);
        });
        sent.once("error", reject);
        sent.end(JSON.stringify(asked));
      });
    expect(await reviewOf(tokenOf(url({ now: Date.now() })))).toEqual({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      status: {
        authenticated: true,
        user: { username: entry.username, uid: entry.accessKeyId, groups: entry.groups },
      },
    });
    expect((await reviewOf("nonsense")).status).toEqual({ authenticated: false, error: "it is no token of EKS" });
    expect([authenticator.accepted(), authenticator.refusals]).toEqual([1, ["it is no token of EKS"]]);
  } finally {
    await authenticator.close();
  }
});
