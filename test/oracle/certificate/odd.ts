import { X509Certificate } from "node:crypto";
import { implicit, oid, sequence } from "../../../src/sandbox/pki/der.ts";
import { dnsSubtree, ipSubtree, nameConstraints, type Subtrees } from "../../../src/sandbox/pki/extension.ts";
import { type MintedCertificate, pem } from "../../../src/sandbox/pki/mint.ts";
import { ask, ca, DAY, DIALLED, key, leaf, NOW, type OracleCase } from "./case.ts";

const EXPIRED = { notBefore: NOW - 400 * DAY, notAfter: NOW - DAY } as const;
const FUTURE = { notBefore: NOW + DAY, notAfter: NOW + 90 * DAY } as const;
const CRITICAL = { oid: "1.2.3.4", critical: true, value: Buffer.from("0500", "hex") } as const;

export function dates(): OracleCase[] {
  const root = ca();
  const shown = leaf({ issuer: root });
  const early = { ...FUTURE, notAfter: Date.UTC(2060, 0, 1) };
  return [
    ask("expired leaf", leaf({ issuer: root, ...EXPIRED }), [root]),
    ask("leaf of the future", leaf({ issuer: root, ...early }), [root]),
    ask("an expired leaf in the pool is expired", leaf({ ...EXPIRED, serial: 7 }), []),
    ask("dates mask the name and the authority", leaf({ ...EXPIRED, dnsNames: ["other"] }), []),
    ask("CA of the future", leaf({ issuer: ca({ ...FUTURE, key: key("ca") }) }), [ca({ ...FUTURE, key: key("ca") })]),
    ask("CA that ends in 2060", leaf({ issuer: root }), [ca({ ...early, notBefore: NOW - DAY })]),
    ask("leaf that ended in 2051", leaf({ notAfter: Date.UTC(2051, 1, 28) }), [root], {
      now: Date.UTC(2052, 1, 29, 23, 59, 59),
    }),
    ask("the last moment counts", shown, [root], { now: NOW + 90 * DAY }),
    ask("a second later does not", shown, [root], { now: NOW + 90 * DAY + 1000 }),
    ask("half a second later does not", shown, [root], { now: NOW + 90 * DAY + 500 }),
    ask("the first moment counts", shown, [root], { now: NOW - 10 * DAY }),
  ];
}

export function names(): OracleCase[] {
  const root = ca();
  const many = Array.from({ length: 100 }, (_, i) => `n${i}.svc`);
  const with_ = (request: Parameters<typeof leaf>[0], dnsName: string): OracleCase =>
    ask(
      `name ${dnsName} of ${JSON.stringify(request?.dnsNames?.slice(0, 3) ?? request?.ipAddresses?.slice(0, 3) ?? "no SAN")}`,
      leaf({ issuer: root, dnsNames: [], ...request }),
      [root],
      { dnsName },
    );
  const dns = (dnsNames: readonly string[], dnsName: string): OracleCase => with_({ dnsNames }, dnsName);
  const ip = (ipAddresses: readonly string[], dnsName: string): OracleCase => with_({ ipAddresses }, dnsName);
  return [
    dns(["other.ns.svc"], "svc.ns.svc"),
    dns(["a.svc", "b.svc"], "svc.ns.svc"),
    dns(["*.ns.svc"], "svc.ns.svc"),
    dns(["*.ns.svc"], "a.svc.ns.svc"),
    dns(["*.NS.svc"], "SVC.ns.SVC"),
    dns(["*"], "svc"),
    dns(["a*.svc"], "ab.svc"),
    dns(["svc.ns.svc"], "svc.ns.svc."),
    dns(["svc.ns.svc."], "svc.ns.svc"),
    dns(["under_score.svc"], "under_score.svc"),
    dns(["-dash.svc"], "-dash.svc"),
    dns(["*.-dash.svc"], "a.-dash.svc"),
    dns(["svc.ns.svc:9666"], "svc.ns.svc:9666"),
    dns(["svc.ns.svc"], "svc.ns.svc:9666"),
    dns(["svc..svc"], "SVC..svc"),
    dns(many, "svc.ns.svc"),
    dns(["svc.ns.svc"], ""),
    dns(["10.1.2.3"], "10.1.2.3"),
    ip(["10.1.2.3"], "10.1.2.3"),
    ip(["10.1.2.4", "fe80::1"], "10.1.2.3"),
    ip(["fe80::1"], "[FE80:0::1]"),
    ip(["2001:db8:0:0:1:0:0:1", "::1"], "[::2]"),
    ip(["10.1.2.3"], "::ffff:10.1.2.3"),
    ip(["10.1.2.3"], "svc.ns.svc"),
    ip(["10.1.2.3"], "010.1.2.3"),
    ip(
      Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`),
      "10.1.2.3",
    ),
    with_({ subject: { cn: "svc.ns.svc" } }, "svc.ns.svc"),
    with_({ subject: { cn: "*.ns.svc" } }, "svc.ns.svc"),
    with_({ subject: { cn: "else" } }, "svc.ns.svc"),
    with_({ subject: { cn: "svc.*.svc" } }, "svc.ns.svc"),
    with_({ subject: { cn: "10.1.2.3" } }, "10.1.2.3"),
    with_({ subject: { cn: "svc.ns.svc" }, dnsNames: ["else"] }, "svc.ns.svc"),
  ];
}

export function usages(): OracleCase[] {
  const root = ca();
  const shown = (extendedKeyUsage: readonly string[] | undefined, parent = root): MintedCertificate =>
    leaf({ issuer: parent, ...(extendedKeyUsage && { extendedKeyUsage }) });
  const narrow = ca({ key: key("narrow"), subject: { cn: "narrow" }, extendedKeyUsage: ["clientAuth"] });
  const open = ca({ key: key("narrow"), subject: { cn: "narrow" }, extendedKeyUsage: ["any"] });
  const alone = leaf({ extendedKeyUsage: ["clientAuth"], serial: 77 });
  return [
    ask("a client's certificate shown by a server", shown(["clientAuth"]), [root]),
    ask("a client's certificate shown by a client", shown(["clientAuth"]), [root], {
      usage: "clientAuth",
      dnsName: "",
    }),
    ask("a server's certificate shown by a client", shown(["serverAuth"]), [root], {
      usage: "clientAuth",
      dnsName: "",
    }),
    ask("any usage", shown(["any"]), [root]),
    ask("an unknown usage only", shown(["1.3.6.1.5.5.7.3.3"]), [root]),
    ask("an empty list of usages", shown([]), [root]),
    ask("the CA allows clients only", shown(["serverAuth"], narrow), [narrow]),
    ask("the CA allows clients only, and a client asks", shown(undefined, narrow), [narrow], { usage: "clientAuth" }),
    ask("one CA of two allows it", shown(["serverAuth"], narrow), [narrow, open]),
    ask("the usage counts for a certificate in the pool, too", alone, [alone]),
    ask("usage comes after authority", alone, []),
  ];
}

export function chains(): OracleCase[] {
  const root = ca({ subject: { cn: "root" } });
  const middle = (request: Parameters<typeof ca>[0] = {}): MintedCertificate =>
    ca({ subject: { cn: "middle" }, key: key("middle"), issuer: root, ...request });
  const via = (name: string, parent: MintedCertificate, pool = [root]): OracleCase =>
    ask(name, leaf({ issuer: parent }), pool, { intermediates: [parent.certificate] });
  const short = ca({ subject: { cn: "root" }, pathLength: 0 });
  const shortMiddle = middle({ issuer: short });
  const low = ca({ subject: { cn: "low" }, key: key("low"), issuer: middle({ pathLength: 0 }) });
  const old = ca({ subject: { cn: "root" }, ...EXPIRED });
  const twin = ca({ subject: { cn: "root" }, key: key("twin") });
  const left = ca({
    subject: { cn: "left" },
    key: key("left"),
    issuer: { certificate: twin.certificate, key: key("twin") },
  });
  const right = ca({ subject: { cn: "root" }, key: key("twin"), issuer: left });
  return [
    via("an intermediate that was sent", middle()),
    ask("an intermediate that was not sent", leaf({ issuer: middle() }), [root]),
    via("an expired intermediate", middle(EXPIRED)),
    via("an intermediate without the CA flag", middle({ ca: false })),
    via("an intermediate of version 1", middle({ version: 1 })),
    via("an intermediate with an unknown critical extension", middle({ extensions: [CRITICAL] })),
    via("an intermediate that the root does not know", middle({ issuer: twin })),
    via("the intermediate is also trusted", middle(), [root, middle()]),
    ask("only the intermediate is trusted", leaf({ issuer: middle() }), [middle()]),
    ask("path length 0 allows no intermediate", leaf({ issuer: shortMiddle }), [short], {
      intermediates: [shortMiddle.certificate],
    }),
    ask("path length 0 allows a leaf", leaf({ issuer: short }), [short]),
    ask(
      "path length 1 allows one intermediate",
      leaf({ issuer: shortMiddle }),
      [ca({ subject: { cn: "root" }, pathLength: 1 })],
      { intermediates: [shortMiddle.certificate] },
    ),
    ask("path length of an intermediate", leaf({ issuer: low }), [root], {
      intermediates: [low.certificate, middle({ pathLength: 0 }).certificate],
    }),
    ask("an expired root among good ones", leaf({ issuer: root }), [old, root]),
    ask("an expired root, and an intermediate that leads nowhere", leaf({ issuer: root }), [old], {
      intermediates: [root.certificate],
    }),
    ask(
      "two roots of one name: the first bad signature is the hint",
      leaf({ issuer: ca({ subject: { cn: "root" }, key: key("third") }) }),
      [twin, root],
    ),
    ask("a root without CA flag hides a wrong key", leaf({ issuer: twin }), [
      ca({ subject: { cn: "root" }, ca: false }),
      root,
    ]),
    ask("two CAs that signed each other", leaf({ issuer: right }), [ca({ subject: { cn: "nobody" } })], {
      intermediates: [left.certificate, right.certificate, twin.certificate],
    }),
    ask("an empty pool", leaf(), []),
    ask("a hundred look-alikes and then the right one", leaf({ issuer: root }), [...lookalikes(100), root]),
    ask("ninety-nine look-alikes and then the right one", leaf({ issuer: root, keyIds: false }), [
      ...lookalikes(99),
      ca({ subject: { cn: "root" }, keyIds: false }),
    ]),
    ask("a hundred look-alikes without key ids", leaf({ issuer: root, keyIds: false }), [
      ...lookalikes(100),
      ca({ subject: { cn: "root" }, keyIds: false }),
    ]),
  ];
}

let twins: readonly MintedCertificate[] | undefined;

/** Certificates of the root's name with another key: minted once, because they are many. */
function lookalikes(count: number): readonly MintedCertificate[] {
  twins ??= Array.from({ length: 100 }, () => ca({ subject: { cn: "root" }, key: key("twin"), keyIds: false }));
  return twins.slice(0, count);
}

export function keyIds(): OracleCase[] {
  const of = (request: Parameters<typeof ca>[0]): MintedCertificate => ca({ subject: { cn: "keyed" }, ...request });
  const right = of({ key: key("ca") });
  const wrong = [of({ key: key("x") }), of({ key: key("y"), keyIds: false, keyUsage: ["digitalSignature"] })];
  const shown = leaf({ issuer: right });
  const shared = leaf({ issuer: right, key: key("ca"), dnsNames: [] });
  return [
    ask("key ids order the candidates, they choose none", shown, [...wrong, right]),
    ask("without the right one: a candidate without key id is the hint", shown, wrong),
    ask("a leaf without key id", leaf({ issuer: right, keyIds: false }), wrong),
    ask("leaf and CA share a key, not a name", shared, [right], { dnsName: "" }),
  ];
}

export function algorithms(): OracleCase[] {
  const rsa = ca({ key: key("first", "RSA") });
  const weak = ca({ key: key("first", "RSA-1024") });
  const p384 = ca({ key: key("first", "ECDSA-P384") });
  const pss = ca({ key: key("first", "RSA-PSS") });
  const by = (name: string, parent: MintedCertificate, request: Parameters<typeof leaf>[0] = {}): OracleCase =>
    ask(name, leaf({ issuer: parent, ...request }), [parent]);
  const ecdsa = ca();
  return [
    by("SHA1 with RSA", rsa, { signature: "SHA1" }),
    by("MD5 with RSA", rsa, { signature: "MD5" }),
    by("SHA1 with ECDSA", ecdsa, { signature: "SHA1" }),
    by("SHA384 with RSA", rsa, { signature: "SHA384" }),
    by("SHA512 with RSA", rsa, { signature: "SHA512" }),
    by("SHA512 with ECDSA", ecdsa, { signature: "SHA512" }),
    by("RSA-PSS", rsa, { signature: "PSS" }),
    ask("RSA-PSS by another key", leaf({ issuer: ca({ key: key("second", "RSA") }), signature: "PSS" }), [rsa]),
    by("RSA 1024", weak),
    by("RSA 512", ca({ key: key("first", "RSA-512") })),
    by("MD5 is refused before the key is looked at", ecdsa, { signature: "MD5", issuer: rsa }),
    by("P-384", p384, { signature: "SHA384" }),
    by("a CA with an RSA-PSS key", pss),
    by("a leaf with an RSA-PSS key", rsa, { key: key("leaf", "RSA-PSS") }),
    unknownAlgorithm(rsa),
    ask("a broken signature", broken(leaf({ issuer: ecdsa })), [ecdsa]),
  ];
}

/** The leaf's signature algorithm, inside and out, becomes SHA-224 with RSA, which Go does not implement. */
function unknownAlgorithm(parent: MintedCertificate): OracleCase {
  const hex = new X509Certificate(leaf({ issuer: parent }).certificate).raw.toString("hex");
  const patched = hex.replaceAll("06092a864886f70d01010b", "06092a864886f70d01010e");
  return {
    name: "an algorithm unknown to Go",
    leaf: pem("CERTIFICATE", Buffer.from(patched, "hex")),
    pool: [parent.certificate],
  };
}

function broken(minted: MintedCertificate): MintedCertificate {
  const der = Buffer.from(new X509Certificate(minted.certificate).raw);
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  return { ...minted, certificate: pem("CERTIFICATE", der) };
}

export function extensions(): OracleCase[] {
  const root = ca();
  const strange = ca({ extensions: [CRITICAL] });
  const policies = { oid: "2.5.29.32", value: sequence(sequence(oid("1.2.3"))) };
  const pointer = { oid: "2.5.29.31", value: sequence(sequence(Buffer.from("a006a0048602612f", "hex"))) };
  const access = {
    oid: "1.3.6.1.5.5.7.1.1",
    value: sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), implicit(6, Buffer.from("http://a")))),
  };
  return [
    ask("an unknown critical extension in the leaf", leaf({ issuer: root, extensions: [CRITICAL] }), [root]),
    ask("it is asked before the dates", leaf({ ...EXPIRED, extensions: [CRITICAL] }), [root]),
    ask(
      "an unknown extension that is not critical",
      leaf({ issuer: root, extensions: [{ ...CRITICAL, critical: false }] }),
      [root],
    ),
    ask("an unknown critical extension in the CA", leaf({ issuer: strange }), [strange]),
    ask("policies that nobody demands", leaf({ issuer: root, extensions: [policies, pointer, access] }), [root]),
  ];
}

export function displayNames(): OracleCase[] {
  const shown = (subject: { cn?: string; o?: string }): OracleCase => {
    const parent = ca({ subject, key: key("second") });
    return ask(`hint names ${JSON.stringify(subject)}`, leaf({ issuer: parent }), [ca({ subject, serial: 12345 })]);
  };
  return [
    shown({ cn: "keda" }),
    shown({ o: "KEDAORG" }),
    shown({ cn: "", o: "KEDAORG" }),
    shown({ cn: 'a "quoted" \\ name' }),
    shown({ cn: "a\u0000b\n\u007f\u0085" }),
    shown({ cn: "日本 é \u{1f600} \u200b\ufeff" }),
    shown({ o: "" }),
  ];
}

export function constraints(): OracleCase[] {
  const dns = (permitted: readonly string[], excluded: readonly string[], dnsNames: readonly string[]): OracleCase =>
    constrained(
      `DNS permitted ${permitted} excluded ${excluded} for ${dnsNames}`,
      { permitted: permitted.map(dnsSubtree), excluded: excluded.map(dnsSubtree) },
      { dnsNames },
    );
  const ip = (permitted: readonly string[], excluded: readonly string[], ipAddresses: readonly string[]): OracleCase =>
    constrained(
      `IP permitted ${permitted} excluded ${excluded} for ${ipAddresses}`,
      { permitted: permitted.map(ipSubtree), excluded: excluded.map(ipSubtree) },
      { ipAddresses },
    );
  return [
    dns(["svc"], [], ["a.svc"]),
    dns(["svc"], [], ["svc"]),
    dns(["svc"], [], ["a.asvc"]),
    dns(["SVC", "b-c.d", "c.d", "b.c.d"], [], ["a.svc", "x.B.C.D"]),
    dns([".svc"], [], ["svc"]),
    dns([".svc"], [], ["a.svc"]),
    dns([""], [], ["anything"]),
    dns([], [""], ["anything"]),
    dns([], ["bad.svc"], ["a.svc", "x.bad.svc"]),
    dns([], ["bad.svc", "worse.svc"], ["*.svc"]),
    dns([], ["bad.svc"], ["*.a.svc"]),
    dns(["svc"], ["bad.svc"], ["a.bad.svc"]),
    dns(["svc"], [], ["a.svc."]),
    dns(["svc"], [], []),
    ip(["10.0.0.0/255.0.0.0"], [], ["10.1.2.3"]),
    ip(["10.0.0.0/255.0.0.0"], [], ["11.1.2.3"]),
    ip(["10.0.0.0/255.0.0.0", "10.1.0.0/255.255.0.0"], ["10.1.2.0/255.255.255.0"], ["10.1.2.3"]),
    ip(["10.0.0.0/255.0.0.0"], [], ["fe80::1"]),
    ip(["10.0.0.0/255.0.0.0", "a00::/ffff::"], [], ["10.1.2.3"]),
    ip([], ["fe80::/ffff::"], ["fe80::1"]),
    ip([], ["0.0.0.0/0.0.0.0"], ["10.1.2.3", "fe80::1"]),
    constrained(
      "DNS constraints do not bear on addresses",
      { permitted: [dnsSubtree("svc")] },
      { ipAddresses: ["10.1.2.3"] },
    ),
    constrained(
      "a directory name cannot be evaluated",
      { permitted: [Buffer.from("a4023000", "hex")] },
      { dnsNames: ["a.svc"] },
    ),
    twoLevels(),
    constraintsOnSelf(),
    constraintsAndUsage(),
    usageOverConstraints(),
  ];
}

function constrained(name: string, subtrees: Subtrees, request: Parameters<typeof leaf>[0]): OracleCase {
  const root = ca({ extensions: [nameConstraints(subtrees)] });
  return ask(name, leaf({ issuer: root, dnsNames: [], ...request }), [root], { dnsName: "" });
}

function twoLevels(): OracleCase {
  const root = ca({ extensions: [nameConstraints({ permitted: [dnsSubtree("svc")] })] });
  const middle = ca({
    subject: { cn: "m" },
    key: key("middle"),
    issuer: root,
    extensions: [nameConstraints({ excluded: [dnsSubtree("b.svc")] })],
  });
  return ask("constraints of every level count", leaf({ issuer: middle, dnsNames: ["a.b.svc"] }), [root], {
    dnsName: "",
    intermediates: [middle.certificate],
  });
}

function constraintsOnSelf(): OracleCase {
  const root = ca({ dnsNames: ["outside"], extensions: [nameConstraints({ permitted: [dnsSubtree("svc")] })] });
  return ask("constraints do not bear on their own certificate", leaf({ issuer: root, dnsNames: ["a.svc"] }), [root], {
    dnsName: "",
  });
}

function usageOverConstraints(): OracleCase {
  const root = ca({ extensions: [nameConstraints({ permitted: [dnsSubtree("other")] })] });
  const shown = leaf({ issuer: root, extendedKeyUsage: ["clientAuth"] });
  return ask("an unfit usage is found before a broken constraint of the same chain", shown, [root]);
}

function constraintsAndUsage(): OracleCase {
  const narrow = ca({ extendedKeyUsage: ["clientAuth"] });
  const strict = ca({ extensions: [nameConstraints({ permitted: [dnsSubtree("other")] })] });
  return ask("a broken constraint outranks an unfit usage", leaf({ issuer: narrow }), [narrow, strict], {
    dnsName: DIALLED,
  });
}

/** Certificates that Go does not even read. */
export function unreadable(): OracleCase[] {
  const key_ = { oid: "2.5.29.14", critical: true, value: Buffer.from("040101", "hex") };
  const of = (name: string, request: Parameters<typeof leaf>[0]): OracleCase => ask(name, leaf(request), []);
  const der = new X509Certificate(leaf().certificate).raw;
  return [
    of("a negative serial number", { serial: -5 }),
    of("an extension that comes twice", { extensions: [{ ...CRITICAL, critical: false }, CRITICAL] }),
    of("a critical subject key identifier", { extensions: [key_] }),
    of("an address of five octets", {
      dnsNames: [],
      extensions: [{ oid: "2.5.29.17", value: sequence(implicit(7, Buffer.alloc(5))) }],
    }),
    of("empty name constraints", { extensions: [{ oid: "2.5.29.30", value: sequence() }] }),
    { name: "trailing data", leaf: pem("CERTIFICATE", Buffer.concat([der, Buffer.from([5, 0])])), pool: [] },
    { name: "a certificate cut short", leaf: pem("CERTIFICATE", der.subarray(0, 200)), pool: [] },
  ];
}
