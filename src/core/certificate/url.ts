import { readAddress } from "./ip-literal.ts";
import { goQuote } from "./quote.ts";

/** Go's net/url Parse, as far as crypto/x509 asks it about a URI: whether it is one, in which words not, and its host. */
export type UrlRead =
  /** `host` with its port, escapes undone; octets, one character each; "" when there is none. */
  { readonly ok: true; readonly host: string } | { readonly ok: false; readonly problem: string };

/** @param text ASCII. */
export function readUrl(text: string): UrlRead {
  const [reference, fragment] = cut(text, "#");
  const problem = problemOf(reference);
  if (problem !== undefined) return { ok: false, problem: `parse ${goQuote(reference)}: ${problem}` };
  const inFragment = escapeProblem(fragment, "other");
  if (inFragment !== undefined) return { ok: false, problem: `parse ${goQuote(text)}: ${inFragment}` };
  return { ok: true, host: hostOf(reference) };
}

/** Before and after the first `mark`; "" after it where there is none. */
function cut(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

interface Parts {
  readonly scheme: string;
  /** What follows the scheme, without the query. */
  readonly rest: string;
  /** Undefined: there is no `//`. */
  readonly authority?: string;
  readonly path: string;
}

function partsOf(reference: string): Parts {
  const [, scheme = "", after = reference] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(reference) ?? [];
  const [rest] = cut(after, "?");
  const parts = { scheme: scheme.toLowerCase(), rest, path: rest };
  if (!rest.startsWith("//")) return parts;
  const slash = rest.indexOf("/", 2);
  return slash < 0
    ? { ...parts, authority: rest.slice(2), path: "" }
    : { ...parts, authority: rest.slice(2, slash), path: rest.slice(slash) };
}

function problemOf(reference: string): string | undefined {
  if (/[^ -~]/.test(reference)) return "net/url: invalid control character in URL";
  if (reference.startsWith(":")) return "missing protocol scheme";
  const { scheme, rest, authority, path } = partsOf(reference);
  if (!rest.startsWith("/")) return scheme === "" ? relativeProblem(rest) : undefined;
  return (authority === undefined ? undefined : authorityProblem(scheme, authority)) ?? escapeProblem(path, "other");
}

function relativeProblem(path: string): string | undefined {
  const [segment] = cut(path, "/");
  if (segment.includes(":")) return "first path segment in URL cannot contain colon";
  return escapeProblem(path, "other");
}

interface Authority {
  readonly host: string;
  /** Undefined: there is no `@`. */
  readonly userinfo?: string;
}

function splitAuthority(authority: string): Authority {
  const at = authority.lastIndexOf("@");
  return at < 0 ? { host: authority } : { host: authority.slice(at + 1), userinfo: authority.slice(0, at) };
}

function authorityProblem(scheme: string, authority: string): string | undefined {
  const { host, userinfo } = splitAuthority(authority);
  return hostProblem(scheme, host) ?? (userinfo === undefined ? undefined : userinfoProblem(userinfo));
}

function userinfoProblem(userinfo: string): string | undefined {
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(userinfo)) return "net/url: invalid userinfo";
  const [name, password] = cut(userinfo, ":");
  return escapeProblem(name, "other") ?? escapeProblem(password, "other");
}

function hostProblem(scheme: string, host: string): string | undefined {
  const open = host.lastIndexOf("[");
  if (open > 0) return "invalid IP-literal";
  return open === 0 ? literalProblem(host) : (portProblem(portOf(scheme, host)) ?? escapeProblem(host, "host"));
}

/** From the first colon on, and from the last where the scheme is none of the web's (several hosts with their ports). */
function portOf(scheme: string, host: string): string {
  const strict = scheme === "http" || scheme === "https";
  const colon = strict ? host.indexOf(":") : host.lastIndexOf(":");
  return colon < 0 ? "" : host.slice(colon);
}

const portProblem = (port: string): string | undefined =>
  /^(:\d*)?$/.test(port) ? undefined : `invalid port ${goQuote(port)} after host`;

function literalProblem(host: string): string | undefined {
  const close = host.lastIndexOf("]");
  if (close < 0) return "missing ']' in host";
  const name = host.slice(1, close);
  const problem = portProblem(host.slice(close + 1)) ?? literalEscapeProblem(name);
  if (problem !== undefined) return problem;
  const address = readAddress(unescaped(name));
  if ("problem" in address) return `invalid host: ${address.problem}`;
  return address.family === "IPv4" ? "invalid IP-literal" : undefined;
}

function literalEscapeProblem(name: string): string | undefined {
  const zone = name.indexOf("%25");
  if (zone < 0) return escapeProblem(name, "host");
  return escapeProblem(name.slice(0, zone), "host") ?? escapeProblem(name.slice(zone), "zone");
}

/** `host`: only octets that are no ASCII may be escaped, and `%` itself; `zone` (RFC 6874): a space too, and what a host may hold. */
type Place = "host" | "zone" | "other";

const HOST = /^[A-Za-z0-9!$&'()*+,;=:[\]<>"\-_.~]$/;

/** What is wrong with the first escape, or character, that may not stand there. */
function escapeProblem(text: string, place: Place): string | undefined {
  const parts = text.match(/%[\s\S]{0,2}|[^%]/g) ?? [];
  return parts.map((part) => partProblem(part, place)).find((problem) => problem !== undefined);
}

function partProblem(part: string, place: Place): string | undefined {
  if (part.startsWith("%")) return mayBeEscaped(part, place) ? undefined : `invalid URL escape ${goQuote(part)}`;
  return place === "other" || HOST.test(part) ? undefined : `invalid character ${goQuote(part)} in host name`;
}

function mayBeEscaped(sequence: string, place: Place): boolean {
  if (!/^%[0-9a-f]{2}$/i.test(sequence)) return false;
  if (place === "other" || sequence === "%25") return true;
  const octet = Number.parseInt(sequence.slice(1), 16);
  return place === "host" ? octet >= 0x80 : octet === 0x20 || HOST.test(String.fromCharCode(octet));
}

const unescaped = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Of a reference without a problem. */
function hostOf(reference: string): string {
  const { authority } = partsOf(reference);
  return authority === undefined ? "" : unescaped(splitAuthority(authority).host);
}
