import { addressText } from "./address.ts";
import { type DerReader, TAG, Unreadable } from "./der.ts";
import { goQuote } from "./quote.ts";
import { readUrl } from "./url.ts";

/** The general names of a subjectAltName that Go evaluates, each kind in the order of the certificate. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  /** Canonical text, see addressText. */
  readonly ipAddresses: readonly string[];
  readonly ipOctets: readonly Buffer[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

const INVALID = "x509: invalid subject alternative name";

export function readAlternativeNames(der: DerReader): AlternativeNames {
  const names = { dnsNames: [] as string[], ipOctets: [] as Buffer[], emails: [] as string[], uris: [] as string[] };
  for (const list = der.inside(TAG.sequence, `${INVALID}s`); !list.empty; ) {
    const { tag, content } = list.any(INVALID);
    // Go looks at the low bits only, so a constructed tag is an unknown kind and is passed over.
    if (tag === 0x81) names.emails.push(ia5(content, "x509: SAN rfc822Name is malformed"));
    if (tag === 0x82) names.dnsNames.push(ia5(content, "x509: SAN dNSName is malformed"));
    if (tag === 0x86) names.uris.push(uri(content));
    if (tag === 0x87) names.ipOctets.push(ipOctets(content));
  }
  return { ...names, ipAddresses: names.ipOctets.map(addressText) };
}

/** An IA5String: seven bits a character. */
export function ia5(content: Buffer, problem: string): string {
  if (content.some((octet) => octet > 0x7f)) throw new Unreadable(problem);
  return content.toString("latin1");
}

/** A URI that Go's net/url takes; its host, where it has one, must look like a domain. */
function uri(content: Buffer): string {
  const text = ia5(content, "x509: SAN uniformResourceIdentifier is malformed");
  const read = readUrl(text);
  const invalid = (why: string): Unreadable => new Unreadable(`x509: cannot parse URI ${goQuote(text)}: ${why}`);
  if (!read.ok) throw invalid(read.problem);
  if (!isDomainName(read.host, false)) throw invalid("invalid domain");
  return text;
}

function ipOctets(content: Buffer): Buffer {
  if (content.length === 4 || content.length === 16) return content;
  throw new Unreadable(`x509: cannot parse IP address of length ${content.length}`);
}

/** crypto/x509's domainNameValid: printable, no empty label (so no trailing dot); a constraint may start with a dot. */
export function isDomainName(name: string, constraint: boolean): boolean {
  if (name === "") return true;
  const labels = (constraint && name.startsWith(".") ? name.slice(1) : name).split(".");
  return labels.every((label) => /^[!-~]+$/.test(label));
}
