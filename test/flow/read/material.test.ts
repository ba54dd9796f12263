import { describe, expect, test } from "@jest/globals";
import { days, minutes } from "../../../src/core/instant.ts";
import { sawAt, unseen } from "../../../src/core/seen.ts";
import {
  certificateFor,
  issuedAt,
  newestRequest,
  readIssuance,
  readRequest,
  readSecret,
} from "../../../src/flow/read/material.ts";
import type { ObjectMeta, PublicSecret } from "../../../src/ports/cluster.ts";
import { chart, selfSigned } from "../../builders/certificates.ts";
import { ago, NOW } from "../../builders/time.ts";
import { object } from "./objects.ts";

const pair = selfSigned("read");
const iso = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");

interface SecretShape {
  readonly metadata?: Partial<ObjectMeta>;
  readonly tlsCrt?: string | undefined;
  readonly caCrt?: string | undefined;
  readonly keys?: readonly string[];
  readonly keyFits?: PublicSecret["keyFits"];
}

const secret = (shape: SecretShape = {}): PublicSecret => {
  const texts = { tlsCrt: pair.minted.tlsCrt, caCrt: pair.minted.caCrt, ...shape };
  return {
    metadata: { name: "kedaorg-certs", namespace: "keda", creationTimestamp: iso(ago(days(90))), ...shape.metadata },
    keys: shape.keys ?? ["ca.crt", "tls.crt", "tls.key"],
    keyFits: shape.keyFits ?? sawAt(true, NOW),
    ...(texts.tlsCrt === undefined ? {} : { tlsCrt: texts.tlsCrt }),
    ...(texts.caCrt === undefined ? {} : { caCrt: texts.caCrt }),
  };
};

const wrote = (
  manager: string,
  at: number | undefined,
  keys: readonly string[] = ["f:tls.crt", "f:ca.crt", "f:tls.key"],
) => ({
  manager,
  operation: "Apply",
  ...(at === undefined ? {} : { time: iso(at) }),
  fieldsV1: { "f:data": Object.fromEntries(keys.map((key) => [key, {}])) },
});

const materialOf = (shape: SecretShape) => {
  const read = readSecret(secret(shape));
  if (!read.usable) throw new Error(read.detail);
  return read.material;
};

describe("when was this generation written?", () => {
  test("when a manager of its certificates last wrote", () => {
    const managedFields = [wrote("cert-manager", ago(minutes(30))), wrote("argocd", ago(minutes(10)), ["f:tls.crt"])];
    expect(materialOf({ metadata: { managedFields } })).toMatchObject({
      writtenAt: ago(minutes(10)),
      writers: ["argocd", "cert-manager"],
    });
  });

  test("a manager of labels or of the key alone does not count", () => {
    const managedFields = [
      wrote("cert-manager", ago(minutes(30))),
      wrote("backup", ago(minutes(1)), ["f:tls.key"]),
      { manager: "labels", time: iso(ago(minutes(2))), fieldsV1: { "f:metadata": { "f:labels": {} } } },
    ];
    expect(materialOf({ metadata: { managedFields } })).toMatchObject({
      writtenAt: ago(minutes(30)),
      writers: ["cert-manager"],
    });
  });

  test("without managedFields: not before the object was created, and not before the leaf was valid", () => {
    expect(materialOf({}).writtenAt).toBe(pair.leaf.notBefore);
    expect(materialOf({ metadata: { creationTimestamp: iso(ago(days(2))) } }).writtenAt).toBe(ago(days(2)));
  });

  test("a manager without a time tells no time", () => {
    expect(materialOf({ metadata: { managedFields: [wrote("kubectl", undefined)] } }).writtenAt).toBe(
      pair.leaf.notBefore,
    );
  });

  test.each([[undefined], ["x"], [{ "f:data": "x" }], [null]])("managedFields of %j are passed over", (fieldsV1) => {
    expect(materialOf({ metadata: { managedFields: [{ manager: "m", fieldsV1 }] } }).writers).toEqual([]);
  });
});

test.each(["alpha", "beta"])("service-ca says by its %s annotation for which Service it made the Secret", (stage) => {
  const annotations = { [`service.${stage}.openshift.io/originating-service-name`]: "keda-operator" };
  expect([materialOf({ metadata: { annotations } }).serviceCa, materialOf({}).serviceCa]).toEqual([
    "keda-operator",
    undefined,
  ]);
});

describe("a Secret that gives no usable material", () => {
  test.each<[string, SecretShape, string, RegExp]>([
    ["no tls.crt", { tlsCrt: undefined }, "SecretIncomplete", /no tls\.crt/],
    ["no ca.crt", { caCrt: undefined }, "SecretIncomplete", /no ca\.crt.*ACME/],
    [
      "no ca.crt, made by OpenShift's service-ca",
      {
        caCrt: undefined,
        metadata: { annotations: { "service.beta.openshift.io/originating-service-name": "keda-operator" } },
      },
      "SecretIncomplete",
      /no ca\.crt.*service-ca made it for Service keda-operator/,
    ],
    ["an empty ca.crt", { caCrt: "" }, "SecretIncomplete", /no ca\.crt/],
    ["a tls.crt that is no PEM", { tlsCrt: "hello" }, "SecretUnreadable", /^tls\.crt cannot be read/],
    ["a ca.crt that is no PEM", { caCrt: "hello" }, "SecretUnreadable", /^ca\.crt cannot be read/],
    [
      "no tls.key",
      { keys: ["ca.crt", "tls.crt"], keyFits: unseen("NotFound", "the Secret has no tls.key") },
      "SecretIncomplete",
      /no tls\.key/,
    ],
  ])("%s", (_, shape, code, words) => {
    expect(readSecret(secret(shape))).toMatchObject({ usable: false, code, detail: expect.stringMatching(words) });
  });

  test("a key that was withheld is not missing", () => {
    expect(
      readSecret(secret({ keys: ["ca.crt", "tls.crt"], keyFits: unseen("Withheld", "a recording holds none") })).usable,
    ).toBe(true);
  });

  test("what could not be read is never repeated: it may be anything", () => {
    const read = readSecret(
      secret({ tlsCrt: "-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----" }),
    );
    expect(JSON.stringify(read)).not.toContain("SECRET\\n");
  });
});

test("a leaf with its intermediates and a CA bundle are kept apart", () => {
  const other = chart("bundle");
  const { certificates } = materialOf({
    tlsCrt: pair.minted.tlsCrt + other.minted.caCrt,
    caCrt: pair.minted.caCrt + other.minted.caCrt,
  });
  expect([certificates.intermediates.length, certificates.ca.length]).toEqual([1, 2]);
});

const base64 = (text: string) => Buffer.from(text).toString("base64");
const request = (name: string, revision: string, more: { ready?: string; at?: number; certificate?: string } = {}) =>
  object(name, {
    metadata: {
      creationTimestamp: iso(ago(minutes(60))),
      annotations: {
        "cert-manager.io/certificate-name": more.certificate ?? "keda-tls",
        "cert-manager.io/certificate-revision": revision,
      },
    },
    status: {
      certificate: base64(pair.minted.tlsCrt),
      ca: base64(pair.minted.caCrt),
      conditions: [
        {
          type: "Ready",
          status: more.ready ?? "True",
          ...(more.at === undefined ? {} : { lastTransitionTime: iso(more.at) }),
        },
      ],
    },
  });

describe("CertificateRequests of cert-manager", () => {
  test("the newest is the one of the highest revision, as a number", () => {
    const all = ["2", "10", "9"].map((r) => request(`r${r}`, r));
    expect(newestRequest(all, "keda-tls")?.metadata.name).toBe("r10");
  });

  test("one that was not signed, or is another Certificate's, does not count", () => {
    const all = [
      request("mine", "1"),
      request("denied", "2", { ready: "False" }),
      request("ca", "3", { certificate: "keda-ca" }),
    ];
    expect(newestRequest(all, "keda-tls")?.metadata.name).toBe("mine");
    expect(newestRequest([], "keda-tls")).toBeUndefined();
  });

  test("show the same generation as the Secret, and leave the key unseen", () => {
    const read = readRequest(request("r", "1", { at: ago(minutes(50)) }));
    expect(read).toMatchObject({
      usable: true,
      material: {
        from: "CertificateRequest",
        generation: materialOf({}).generation,
        writtenAt: ago(minutes(50)),
        keyFits: { seen: false, reason: "Withheld" },
      },
    });
  });

  test("were issued when they became Ready, else when they were created", () => {
    expect(issuedAt(request("r", "1", { at: ago(minutes(50)) }))).toBe(ago(minutes(50)));
    expect(issuedAt(request("r", "1"))).toBe(ago(minutes(60)));
  });

  test("of an issuer that gives no CA are of no use", () => {
    const acme = request("r", "1");
    const status = { ...(acme.status as object), ca: undefined };
    expect(readRequest({ ...acme, status })).toMatchObject({ usable: false, code: "SecretIncomplete" });
  });
});

describe("a Certificate", () => {
  const certificate = (conditions: readonly object[]) =>
    object("keda-tls", { spec: { secretName: "kedaorg-certs" }, status: { conditions } });

  test("is the one that fills the Secret", () => {
    const own = certificate([]);
    expect(certificateFor([object("other", { spec: { secretName: "x" } }), own], "kedaorg-certs")).toBe(own);
    expect(certificateFor([object("empty")], "kedaorg-certs")).toBeUndefined();
  });

  test("is being issued when its condition says so", () => {
    const issuing = [
      { type: "Issuing", status: "True" },
      { type: "Ready", status: "False", message: "m".repeat(900) },
    ];
    const read = readIssuance(certificate(issuing));
    expect(read).toMatchObject({ certificate: "keda/keda-tls", issuing: true, ready: false });
    expect(read.message).toHaveLength(300);
    expect(readIssuance(certificate([{ type: "Ready", status: "True" }]))).toMatchObject({
      issuing: false,
      ready: true,
      message: "",
    });
  });
});
