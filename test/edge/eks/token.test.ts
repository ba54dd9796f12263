import { describe, expect, test } from "@jest/globals";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { minutes } from "../../../src/core/instant.ts";
import { eksToken, type Login, presignedUrl, stsHost } from "../../../src/edge/eks/presign.ts";
import { eksTokens } from "../../../src/edge/eks/token.ts";
import { Sha256 } from "./sha256.ts";

/** The same request, signed by the SDK's own signer. */
async function bySmithy({ cluster, region, keys, now }: Login): Promise<URL> {
  const signer = new SignatureV4({
    service: "sts",
    region,
    sha256: Sha256,
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    },
  });
  const host = stsHost(region);
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: host,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host, "x-k8s-aws-id": cluster },
    },
    // Smithy moves what begins with x-amz- into the query; our header stays one, and signed.
    { expiresIn: 60, signingDate: new Date(now), unhoistableHeaders: new Set(["x-k8s-aws-id"]) },
  );
  const url = new URL(`https://${host}${signed.path}`);
  for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
  return url;
}

const parameters = (url: URL): Record<string, string> => Object.fromEntries(url.searchParams);

const regions = ["us-east-1", "eu-west-1", "ap-southeast-4", "cn-north-1", "cn-northwest-1", "us-gov-west-1"] as const;

const login = fc.record({
  cluster: fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/),
  region: fc.constantFrom(...regions),
  keys: fc.record(
    {
      accessKeyId: fc.stringMatching(/^A[SK]IA[A-Z2-7]{16}$/),
      secretAccessKey: fc.stringMatching(/^[A-Za-z0-9/+=]{40}$/),
      sessionToken: fc.stringMatching(/^[A-Za-z0-9/+=]{1,900}$/),
    },
    { requiredKeys: ["accessKeyId", "secretAccessKey"] },
  ),
  now: fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }),
});

describe("the presigned login", () => {
  test("is signed as the SDK's own signer signs it, whatever cluster, region, key, session and time", async () => {
    await fc.assert(
      fc.asyncProperty(login, async (input) => {
        expect(parameters(new URL(presignedUrl(input)))).toEqual(parameters(await bySmithy(input)));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["us-east-1", "sts.us-east-1.amazonaws.com"],
    ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"],
    ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn"],
  ])("goes to STS of %s at %s", (region, host) => {
    expect(stsHost(region)).toBe(host);
  });

  test("is what aws-iam-authenticator takes: prefix, base64url without padding, its parameters only, under 4 KiB", () => {
    fc.assert(
      fc.property(login, (input) => {
        const token = eksToken(input);
        expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
        expect(token.length).toBeLessThan(4096);
        const url = new URL(Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString("utf8"));
        expect(url.protocol).toBe("https:");
        const allowed = [
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
        for (const name of url.searchParams.keys()) expect(allowed).toContain(name);
        expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe("host;x-k8s-aws-id");
        expect(url.searchParams.get("X-Amz-Expires")).toBe("60");
        expect(token).not.toContain(input.keys.secretAccessKey);
        expect(url.href).not.toContain(encodeURIComponent(input.keys.secretAccessKey));
      }),
    );
  });
});

describe("tokens", () => {
  const start = Date.UTC(2026, 10, 24);
  const setup = () => {
    const state = { now: start, keys: { accessKeyId: "AKIA1", secretAccessKey: "s", sessionToken: "t" } };
    const tokens = eksTokens({
      cluster: "prod",
      region: "eu-west-1",
      keys: () => state.keys,
      clock: { now: () => state.now },
    });
    return { state, tokens };
  };

  test("are used for 14 minutes, not a millisecond longer", () => {
    const { state, tokens } = setup();
    const first = tokens();
    state.now = start + minutes(14) - 1;
    expect(tokens()).toBe(first);
    state.now = start + minutes(14);
    expect(tokens()).not.toBe(first);
  });

  test("follow the keys: another key or session makes another token at once", () => {
    const { state, tokens } = setup();
    const first = tokens();
    state.keys = { ...state.keys, sessionToken: "other" };
    expect(tokens()).not.toBe(first);
    state.keys = { ...state.keys, accessKeyId: "AKIA2" };
    expect(Buffer.from(tokens().slice(11), "base64url").toString()).toContain("AKIA2");
  });

  test("are made anew when the API server refused one, and when the clock went back", () => {
    const { state, tokens } = setup();
    const first = tokens();
    state.now = start + 1000;
    const second = tokens("fresh");
    expect(second).not.toBe(first);
    expect(tokens()).toBe(second);
    state.now = start - 5000;
    expect(tokens()).not.toBe(second);
  });
});
