import { describe, expect, test } from "@jest/globals";
import { eksToken } from "../../src/edge/eks/presign.ts";
import { callerOf } from "./local/login.ts";

/** The EKS of our tests is strict: what it takes, it has verified. */
const keys = { accessKeyId: "AKIARESPOND", secretAccessKey: "a secret" };
const login = { cluster: "prod-eu1", region: "eu-west-1", keys, now: Date.now() };
const caller = (token: string): string | undefined => callerOf(token, "prod-eu1", [keys]);
const changed = (change: (url: URL) => void): string => {
  const url = new URL(Buffer.from(eksToken(login).slice("k8s-aws-v1.".length), "base64url").toString());
  change(url);
  return `k8s-aws-v1.${Buffer.from(url.href).toString("base64url")}`;
};

describe("the stand-in for the login to EKS", () => {
  test("takes a token of ours, with and without a session", () => {
    expect(caller(eksToken(login))).toBe("AKIARESPOND");
    expect(caller(eksToken({ ...login, keys: { ...keys, sessionToken: "a/b+c==" } }))).toBe("AKIARESPOND");
    expect(caller(changed(() => {}))).toBe("AKIARESPOND");
  });

  test.each([
    ["for another cluster", eksToken({ ...login, cluster: "prod-us1" })],
    ["signed with another secret", eksToken({ ...login, keys: { ...keys, secretAccessKey: "guessed" } })],
    ["of somebody unknown", eksToken({ ...login, keys: { ...keys, accessKeyId: "AKIANOBODY" } })],
    ["that is a quarter of an hour old", eksToken({ ...login, now: login.now - 15 * 60_000 })],
    ["out of the future", eksToken({ ...login, now: login.now + 5 * 60_000 })],
    ["to another host", changed((url) => (url.host = "sts.example.org"))],
    ["that asks for more", changed((url) => url.searchParams.append("RoleArn", "x"))],
    ["with another signature", changed((url) => url.searchParams.set("X-Amz-Signature", "0".repeat(64)))],
    ["of another kind", "eyJhbGciOiJSUzI1NiJ9"],
  ])("refuses one %s", (_what, token) => {
    expect(caller(token)).toBeUndefined();
  });
});
