import { addressText } from "./address.ts";
import { type Certificate, octetsOf } from "./certificate.ts";
import { type DomainMatcher, domainMatcher, excludedDomainMatcher } from "./dns-constraint.ts";
import { type NetworkMatcher, networkMatcher, networkText } from "./ip-constraint.ts";
import type { NameConstraints, Subtrees } from "./name-constraints.ts";
import { type AlternativeNames, isDomainName } from "./names.ts";
import { goQuote } from "./quote.ts";

/**
 * Go's text when a name in the chain is not allowed by a certificate above it (checkChainConstraints), else undefined.
 * DNS names and addresses are judged as Go does. Mail addresses and URIs are not: where a constraint could bear on one,
 * the text says so, which is a refusal too.
 */
export function constraintProblem(chain: readonly Certificate[]): string | undefined {
  const rules = chain.flatMap((certificate, index) => rulesOf(certificate).map((rule) => ({ index, rule })));
  for (const [index, certificate] of chain.entries()) {
    const names = octetsOf(certificate)?.extensions.names;
    const above = rules.filter((entry) => entry.index > index);
    const problem = names && firstProblem(above, ({ rule }) => namesProblem(names, rule));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Name constraints, made ready to be asked many times. */
interface Rule {
  readonly constraints: NameConstraints;
  /** undefined: nothing is required of that kind of name. */
  readonly permittedDomain: DomainMatcher | undefined;
  readonly permittedNetwork: NetworkMatcher | undefined;
  readonly excludedDomain: DomainMatcher;
  readonly excludedNetwork: NetworkMatcher;
}

function rulesOf(certificate: Certificate): Rule[] {
  const constraints = octetsOf(certificate)?.extensions.nameConstraints;
  if (constraints === undefined) return [];
  const { permitted, excluded } = constraints;
  return [
    {
      constraints,
      permittedDomain: permitted.dns.length > 0 ? domainMatcher(permitted.dns) : undefined,
      permittedNetwork: permitted.ip.length > 0 ? networkMatcher(permitted.ip) : undefined,
      excludedDomain: excludedDomainMatcher(excluded.dns),
      excludedNetwork: networkMatcher(excluded.ip),
    },
  ];
}

function firstProblem<Item>(items: readonly Item[], judge: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = judge(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const namesProblem = (names: AlternativeNames, rule: Rule): string | undefined =>
  firstProblem(names.ipOctets, (address) => addressProblem(address, rule)) ??
  firstProblem(names.dnsNames, (name) => domainProblem(name, rule)) ??
  unjudged(names, rule.constraints);

function addressProblem(address: Buffer, rule: Rule): string | undefined {
  const name = `IP address ${goQuote(addressText(address))}`;
  if (rule.permittedNetwork !== undefined && rule.permittedNetwork(address) === undefined) return notPermitted(name);
  const found = rule.excludedNetwork(address);
  return found === undefined ? undefined : isExcluded(name, networkText(found));
}

function domainProblem(domain: string, rule: Rule): string | undefined {
  if (!isDomainName(domain, false)) return `x509: cannot parse dnsName ${goQuote(domain)}`;
  const name = `DNS name ${goQuote(domain)}`;
  if (rule.permittedDomain !== undefined && rule.permittedDomain(domain) === undefined) return notPermitted(name);
  const found = rule.excludedDomain(domain);
  return found === undefined ? undefined : isExcluded(name, found);
}

const notPermitted = (name: string): string => `${name} is not permitted by any constraint`;
const isExcluded = (name: string, constraint: string): string =>
  `${name} is excluded by constraint ${goQuote(constraint)}`;

const PLAIN_MAIL = /^[\w.+-]{1,64}@[\w.-]{1,255}$/;
const PLAIN_URI = /^[a-z][a-z0-9+.-]{0,30}:\/\/[a-z][\w.-]{0,255}(\/|$)/i;

/** A plain mail address or URI passes constraints that do not speak of its kind; anything else we leave undecided. */
function unjudged(names: AlternativeNames, { permitted, excluded }: NameConstraints): string | undefined {
  const silent = (kind: keyof Subtrees): boolean => permitted[kind].length + excluded[kind].length === 0;
  const passes = (kind: keyof Subtrees, list: readonly string[], plain: RegExp): boolean =>
    list.length === 0 || (silent(kind) && list.every((name) => plain.test(name)));
  if (!passes("email", names.emails, PLAIN_MAIL))
    return "constraints on mail addresses are not evaluated by keda-medic";
  return passes("uri", names.uris, PLAIN_URI) ? undefined : "constraints on URIs are not evaluated by keda-medic";
}
