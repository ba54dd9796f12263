import { matching, pruned, type SubtreeOrder } from "./subtree-search.ts";

/** A domain with the key that it is sorted by. */
interface Domain {
  readonly name: string;
  readonly key: string;
}

/** Reversed, case aside, and with the dot below every other character: a domain sorts right before its subdomains. */
const domainOf = (name: string): Domain => ({
  name,
  key: Array.from(name.toLowerCase().replaceAll(".", "\0")).reverse().join(""),
});

const compare = (a: Domain, b: Domain): number => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1);

/** Whether `name` is `domain` or below it; a domain that starts with a dot stands for what is below it only. */
function hasSuffix(domain: Domain, name: Domain): boolean {
  if (!name.key.startsWith(domain.key)) return false;
  return domain.name.startsWith(".") || name.key.length === domain.key.length || name.key[domain.key.length] === "\0";
}

const DNS: SubtreeOrder<Domain, Domain> = { compare, compareToName: compare, contains: hasSuffix, matches: hasSuffix };

/** Which of the domains a name falls under. */
export type DomainMatcher = (name: string) => string | undefined;

/** An empty domain stands for every name. */
export function domainMatcher(domains: readonly string[]): DomainMatcher {
  if (domains.includes("")) return () => "";
  const set = pruned(domains.map(domainOf), DNS);
  return (name) => matching(set, domainOf(name), DNS)?.name;
}

/** As domainMatcher, but a wildcard also falls under every domain that it could stand for. */
export function excludedDomainMatcher(domains: readonly string[]): DomainMatcher {
  const plain = domainMatcher(domains);
  const names = pruned(domains.map(domainOf), DNS).map(({ name }) => name.toLowerCase());
  const byParent = new Map(names.map((name) => [parent(name), name]));
  byParent.delete("");
  return (name) => plain(name) ?? (name.startsWith("*") ? byParent.get(parent(name.toLowerCase())) : undefined);
}

/** Without the first label, dot kept; "" when there is but one. */
const parent = (name: string): string => (name.includes(".") ? name.slice(name.indexOf(".")) : "");
