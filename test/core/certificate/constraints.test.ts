import { describe, expect, it } from "@jest/globals";
import { verifyCertificate } from "../../../src/core/certificate/verify.ts";
import { explicit, implicit, integer, sequence } from "../../../src/sandbox/pki/der.ts";
import { dnsSubtree, ipSubtree, nameConstraints, type Subtrees } from "../../../src/sandbox/pki/extension.ts";
import { EXTENSION, extension, hex, implicitly, pemOf, problemOf } from "./handmade.ts";
import { key, mintCa, mintLeaf, NOW, read } from "./minted.ts";

// The texts are crypto/x509's (parseNameConstraintsExtension, checkChainConstraints); each row was put to Go.

const told = (value: Buffer): string => problemOf(pemOf({ extensions: [extension(EXTENSION.nameConstraints, value)] }));
const permitted = (...names: readonly Buffer[]): Buffer => explicit(0, ...names.map((name) => sequence(name)));
const excluded = (...names: readonly Buffer[]): Buffer => explicit(1, ...names.map((name) => sequence(name)));
const network = (digits: string): Buffer => sequence(permitted(implicit(7, hex(digits))));

describe("name constraints that have no such shape are refused, in Go's words", () => {
  const invalid = "x509: invalid NameConstraints extension";
  it.each([
    ["as much permitted as excluded", sequence(permitted(implicitly(2, "a")), excluded(implicitly(2, "b"))), ""],
    ["something behind them", Buffer.concat([sequence(permitted(implicitly(2, "a"))), integer(1)]), invalid],
    ["something behind the lists", sequence(permitted(implicitly(2, "a")), integer(1)), invalid],
    ["the lists in the wrong order", sequence(excluded(implicitly(2, "a")), permitted(implicitly(2, "b"))), invalid],
    ["a subtree that is none", sequence(explicit(0, integer(1))), invalid],
    ["empty lists", sequence(permitted(), excluded()), "x509: empty name constraints extension"],
  ])("%s", (_, value, text) => {
    expect(told(value)).toBe(text);
  });

  it.each([
    ["a domain", 2, "a..b", 'x509: failed to parse dnsName constraint "a..b"'],
    ["a domain that starts with a dot", 2, ".a.b", ""],
    [
      "a domain that is no ASCII",
      2,
      "é",
      'x509: invalid constraint value: x509: "\\xe9" cannot be encoded as an IA5String',
    ],
    ["a URI's domain", 6, "a..b", 'x509: failed to parse URI constraint "a..b"'],
    ["a URI's domain that is good", 6, ".a.b", ""],
    ["an address for a URI", 6, "10.1.2.3", 'x509: failed to parse URI constraint "10.1.2.3": cannot be IP address'],
    ["a mail domain", 1, "a..b", 'x509: failed to parse rfc822Name constraint "a..b"'],
    ["a mail domain that is good", 1, "a.b", ""],
    ["a mailbox", 1, "ops.team@keda.svc", ""],
    [
      "a mailbox that is no ASCII",
      1,
      "é@b",
      'x509: invalid constraint value: x509: "\\xe9@b" cannot be encoded as an IA5String',
    ],
  ])("a constraint on %s (tag %i, %s)", (_, tag, name, text) => {
    expect(told(sequence(permitted(implicitly(tag, name))))).toBe(text);
    expect(told(sequence(excluded(implicitly(tag, name))))).toBe(text);
  });

  it("of several faults the first one is told", () => {
    const address = implicitly(7, "abc");
    const length = "x509: IP constraint contained value of length 3";
    expect(told(sequence(excluded(address, implicitly(2, "a..b"))))).toBe(length);
    expect(told(sequence(explicit(1, sequence(address), integer(1))))).toBe(length);
  });

  it("a quoted mailbox, which Go takes, is not evaluated here", () => {
    expect(told(sequence(permitted(implicitly(1, '"a b"@c'))))).toBe(
      "its name constraints hold a mailbox that keda-medic does not evaluate",
    );
  });

  it.each([
    ["0a000000ff000000", ""],
    ["0a00000000000000", ""],
    ["0a000000ffffffff", ""],
    ["0a000000ffc00000", ""],
    [`${"20".repeat(16)}${"ff".repeat(16)}`, ""],
    ["0a00000000", "x509: IP constraint contained value of length 5"],
    [`${"20".repeat(15)}${"ff".repeat(16)}`, "x509: IP constraint contained value of length 31"],
    ["0a000000ff00ff00", "x509: IP constraint contained invalid mask ff00ff00"],
    ["0a00000000ff0000", "x509: IP constraint contained invalid mask 00ff0000"],
    ["0a0000000f000000", "x509: IP constraint contained invalid mask 0f000000"],
    ["0a000000ff0f0000", "x509: IP constraint contained invalid mask ff0f0000"],
  ])("a network %s", (digits, text) => {
    expect(told(network(digits))).toBe(text);
  });
});

const PREFIX = "x509: a root or intermediate certificate is not authorized to sign for this name: ";

/** What a verifier says to a leaf with these names under a CA with these constraints; "" when it accepts it. */
function verdict(subtrees: Subtrees, names: readonly Buffer[]): string {
  const root = mintCa({ extensions: [nameConstraints(subtrees)] });
  const extensions = names.length === 0 ? [] : [{ oid: EXTENSION.subjectAltName, value: sequence(...names) }];
  const leaf = read(mintLeaf({ issuer: root, dnsNames: [], extensions }));
  const verified = verifyCertificate(leaf, [read(root)], { now: NOW });
  return verified.ok ? "" : verified.text;
}
const dns = (name: string): Buffer => implicitly(2, name);

describe("a domain is judged by the constraint it falls under, among many", () => {
  it.each([
    ["the very domain, though another sorts before it", ["a.aaa", "svc"], "svc", "svc"],
    ["the very domain, though another sorts after it", ["svc", "zzz"], "svc", "svc"],
    ["one below, in other letters", ["aaa", "SVC", "zzz"], "a.Svc", "SVC"],
    ["the wider one of two", ["b.svc", "svc", "a-b.svc"], "x.b.svc", "svc"],
    ["one that only ends alike", ["svc"], "asvc", undefined],
    ["one that stands for what is below it only", [".svc"], "svc", undefined],
    ["one of another label", ["a.svc", "c.svc"], "b.svc", undefined],
    ["a wildcard that could stand for it", ["x.svc", "b.a.svc"], "*.A.svc", "b.a.svc"],
    ["a wildcard one level off", ["b.a.svc"], "*.svc", undefined],
    ["a wildcard alone beside a domain of one label", ["svc"], "*", undefined],
    ["a wildcard in a label beside a domain of one label", ["svc"], "*c", undefined],
  ])("%s: excluded %j, name %s", (_, domains, name, found) => {
    const text = found === undefined ? "" : `${PREFIX}DNS name "${name}" is excluded by constraint "${found}"`;
    expect(verdict({ excluded: domains.map(dnsSubtree) }, [dns(name)])).toBe(text);
  });

  it("a name that is none cannot be judged", () => {
    expect(verdict({ permitted: [dnsSubtree("svc")] }, [dns(".a.svc")])).toBe(
      `${PREFIX}x509: cannot parse dnsName ".a.svc"`,
    );
  });

  it("the names of an intermediate count, too", () => {
    const root = mintCa({ extensions: [nameConstraints({ permitted: [dnsSubtree("svc")] })] });
    const middle = mintCa({ subject: { cn: "m" }, key: key("middle"), issuer: root, dnsNames: ["outside"] });
    const leaf = read(mintLeaf({ issuer: middle, dnsNames: ["a.svc"] }));
    expect(verifyCertificate(leaf, [read(root)], { now: NOW, intermediates: [read(middle)] })).toMatchObject({
      text: `${PREFIX}DNS name "outside" is not permitted by any constraint`,
    });
  });
});

describe("an address is judged by the network it falls under, among many", () => {
  const v4 = "0a010203";
  const mapped = (digits: string): string => `${"00".repeat(10)}ffff${digits}`;
  const MAPPED_10 = "::ffff:a00:0/ffff:ffff:ffff:ffff:ffff:ffff:ff00:0";
  it.each<[string, readonly string[], string, readonly [string, string]]>([
    ["a wider one before it", ["10.0.0.0/255.0.0.0", "10.1.0.0/255.255.0.0"], "0ac80001", ["10.200.0.1", "10.0.0.0/8"]],
    ["out of order", ["192.168.0.0/255.255.0.0", "10.0.0.0/255.0.0.0"], "c0a80101", ["192.168.1.1", "192.168.0.0/16"]],
    ["a narrow one first", ["10.0.0.0/255.255.0.0", "192.0.0.0/255.0.0.0"], "c0010101", ["192.1.1.1", "192.0.0.0/8"]],
    [
      "the wider of two that start alike",
      ["10.0.0.0/255.255.0.0", "10.0.0.0/255.0.0.0"],
      "0a000000",
      ["10.0.0.0", "10.0.0.0/8"],
    ],
    [
      "one that reaches further",
      ["10.0.0.0/255.255.0.0", "10.0.0.5/255.0.0.0"],
      "0a090909",
      ["10.9.9.9", "10.0.0.5/8"],
    ],
    ["a part of an octet", ["10.16.0.0/255.240.0.0"], "0a1f0001", ["10.31.0.1", "10.16.0.0/12"]],
    ["a mapped network", [MAPPED_10], mapped(v4), ["10.1.2.3", "10.0.0.0/8"]],
  ])("%s: %j", (_, networks, octets, [name, found]) => {
    const text = `${PREFIX}IP address "${name}" is excluded by constraint "${found}"`;
    expect(verdict({ excluded: networks.map(ipSubtree) }, [implicit(7, hex(octets))])).toBe(text);
  });

  it.each([
    ["the first address behind it", ["10.16.0.0/255.240.0.0"], "0a200000"],
    ["the last address before it", ["10.16.0.0/255.240.0.0"], "0a0fffff"],
    ["a mapped address outside a mapped network", [MAPPED_10], mapped("0b010203")],
    ["a plain address beside a mapped network", [MAPPED_10], v4],
    ["a mapped address under all of IPv6", ["::/::"], mapped(v4)],
    ["a plain address under all of IPv6", ["::/::"], v4],
  ])("none: %s", (_, networks, octets) => {
    expect(verdict({ excluded: networks.map(ipSubtree) }, [implicit(7, hex(octets))])).toBe("");
  });
});

describe("mail addresses and URIs are not evaluated, which is a refusal wherever a constraint could bear on them", () => {
  const MAIL = `${PREFIX}constraints on mail addresses are not evaluated by keda-medic`;
  const URIS = `${PREFIX}constraints on URIs are not evaluated by keda-medic`;
  const mail = (text: string): Buffer => implicitly(1, text);
  const uri = (text: string): Buffer => implicitly(6, text);
  const others = { permitted: [dnsSubtree("svc")] };
  it.each<[string, Subtrees, readonly Buffer[], string]>([
    ["a plain mail address that none speaks of", others, [mail("ops@keda.svc")], ""],
    ["a plain URI that none speaks of", others, [uri("spiffe://cluster.local/ns/keda")], ""],
    ["an odd mail address", others, [mail("a b@c")], MAIL],
    ["a plain and an odd mail address", others, [mail("a@b.c"), mail("a b@c")], MAIL],
    ["a URI without a host", others, [uri("mailto:a@b")], URIS],
    ["a plain and an odd URI", others, [uri("spiffe://a/b"), uri("mailto:a@b")], URIS],
    ["mail permitted", { permitted: [mail("keda.svc")] }, [mail("ops@keda.svc")], MAIL],
    ["mail excluded", { excluded: [mail("keda.svc")] }, [mail("ops@keda.svc")], MAIL],
    ["mail permitted and excluded", { permitted: [mail("a")], excluded: [mail("b")] }, [mail("ops@a")], MAIL],
    ["URIs permitted and excluded", { permitted: [uri("a")], excluded: [uri("b")] }, [uri("spiffe://a/b")], URIS],
    ["constraints on mail, and no mail address", { permitted: [mail("a")] }, [dns("a.svc")], ""],
  ])("%s", (_, subtrees, names, text) => {
    expect(verdict(subtrees, names)).toBe(text);
  });
});
