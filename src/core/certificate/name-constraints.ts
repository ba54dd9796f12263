import { parseAddress } from "./address.ts";
import { DerReader, TAG, Unreadable } from "./der.ts";
import { ia5, isDomainName } from "./names.ts";
import { goQuote, goQuoteOctets } from "./quote.ts";

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

interface Found {
  readonly dns: string[];
  readonly ip: IpNetwork[];
  readonly email: string[];
  readonly uri: string[];
}

/** By the tag of the name. */
const kinds: Readonly<Record<number, (found: Found, content: Buffer) => unknown>> = {
  129: ({ email }, content) => email.push(mailbox(content)),
  130: ({ dns }, content) => dns.push(domain(content, "dnsName")),
  134: ({ uri }, content) => uri.push(uriDomain(content)),
  135: ({ ip }, content) => ip.push(network(content)),
};

/** One name after the other, as Go does: of several faults the first is told. */
function readSubtrees(content: Buffer): Reading {
  const subtrees: Found = { dns: [], ip: [], email: [], uri: [] };
  let unhandled = false;
  for (const list = new DerReader(content); !list.empty; ) {
    const name = list.inside(TAG.sequence, INVALID).any(INVALID);
    const read = kinds[name.tag];
    if (read === undefined) unhandled = true;
    read?.(subtrees, name.content);
  }
  return { subtrees, unhandled };
}

function text(content: Buffer): string {
  const octets = content.toString("latin1");
  return ia5(
    content,
    `x509: invalid constraint value: x509: ${goQuoteOctets(octets)} cannot be encoded as an IA5String`,
  );
}

function domain(content: Buffer, kind: string): string {
  const name = text(content);
  if (!isDomainName(name, true)) throw new Unreadable(`x509: failed to parse ${kind} constraint ${goQuote(name)}`);
  return name;
}

function uriDomain(content: Buffer): string {
  const name = text(content);
  const isAddress = parseAddress(name) !== undefined;
  if (isAddress) throw new Unreadable(`x509: failed to parse URI constraint ${goQuote(name)}: cannot be IP address`);
  return domain(content, "URI");
}

/** A mailbox as everybody writes it. Go also takes quoted ones, which we do not read. */
const MAILBOX = /^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

function mailbox(content: Buffer): string {
  if (!content.includes("@")) return domain(content, "rfc822Name");
  const name = text(content);
  if (MAILBOX.test(name)) return name;
  throw new Unreadable("its name constraints hold a mailbox that keda-medic does not evaluate");
}

function network(content: Buffer): IpNetwork {
  if (content.length !== 8 && content.length !== 32) {
    throw new Unreadable(`x509: IP constraint contained value of length ${content.length}`);
  }
  const half = content.length / 2;
  const mask = content.subarray(half);
  const bits = [...mask].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  if (!/^1*0*$/.test(bits)) throw new Unreadable(`x509: IP constraint contained invalid mask ${mask.toString("hex")}`);
  return { address: content.subarray(0, half), mask };
}
