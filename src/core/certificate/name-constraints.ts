import { DerReader, TAG, Unreadable } from "./der.ts";
import { ia5, isDomainName } from "./names.ts";

export interface IpNetwork {
  readonly address: Buffer;
  readonly mask: Buffer;
}

export interface Subtrees {
  readonly dns: readonly string[];
  readonly ip: readonly IpNetwork[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
}

export interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
  /** It holds a kind of name that Go does not evaluate: fatal when the extension is critical. */
  readonly unhandled: boolean;
}

const INVALID = "x509: invalid NameConstraints extension";

/** @param value the extension's value. */
export function readNameConstraints(value: Buffer): NameConstraints {
  const outer = new DerReader(value);
  const der = outer.inside(TAG.sequence, INVALID);
  const permitted = der.optional(0xa0, INVALID) ?? Buffer.alloc(0);
  const excluded = der.optional(0xa1, INVALID) ?? Buffer.alloc(0);
  if (!outer.empty || !der.empty) throw new Unreadable(INVALID);
  if (permitted.length + excluded.length === 0) throw new Unreadable("x509: empty name constraints extension");
  const [allowed, forbidden] = [readSubtrees(permitted), readSubtrees(excluded)];
  return {
    permitted: allowed.subtrees,
    excluded: forbidden.subtrees,
    unhandled: allowed.unhandled || forbidden.unhandled,
  };
}

interface Reading {
  readonly subtrees: Subtrees;
  readonly unhandled: boolean;
}

function readSubtrees(content: Buffer): Reading {
  const names = namesIn(content);
  const of = (tag: number): Buffer[] => names.filter((name) => name.tag === tag).map((name) => name.content);
  const domains = (tag: number): string[] => of(tag).map(domain);
  return {
    subtrees: { dns: domains(0x82), ip: of(0x87).map(network), email: of(0x81).map(mailbox), uri: domains(0x86) },
    unhandled: names.some((name) => ![0x81, 0x82, 0x86, 0x87].includes(name.tag)),
  };
}

function namesIn(content: Buffer): { readonly tag: number; readonly content: Buffer }[] {
  const names = [];
  for (const list = new DerReader(content); !list.empty; ) names.push(list.inside(TAG.sequence, INVALID).any(INVALID));
  return names;
}

function domain(content: Buffer): string {
  const name = ia5(content, "x509: invalid constraint value");
  if (!isDomainName(name, true)) throw new Unreadable("x509: failed to parse a name constraint");
  return name;
}

const mailbox = (content: Buffer): string =>
  content.includes("@") ? ia5(content, "x509: invalid constraint value") : domain(content);

function network(content: Buffer): IpNetwork {
  if (content.length !== 8 && content.length !== 32) {
    throw new Unreadable(`x509: IP constraint contained value of length ${content.length}`);
  }
  const half = content.length / 2;
  const mask = content.subarray(half);
  const bits = [...mask].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  if (!/^1*0*$/.test(bits)) throw new Unreadable("x509: IP constraint contained invalid mask");
  return { address: content.subarray(0, half), mask };
}
