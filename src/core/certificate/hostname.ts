import { parseAddress } from "./address.ts";
import { type Certificate, octetsOf } from "./certificate.ts";

/** Go names no more than this many names in its text. */
const MAX_NAMES = 100;

/** Go's text when a certificate does not stand for `host` (VerifyHostname), undefined when it does. The common name never counts. */
export function hostnameProblem(certificate: Certificate, host: string): string | undefined {
  const bare = /^\[.+\]$/.test(host) ? host.slice(1, -1) : host;
  const address = parseAddress(bare);
  if (address === undefined) return matchesName(certificate, host) ? undefined : mismatchText(certificate, host);
  return certificate.ipAddresses.includes(address) ? undefined : mismatchText(certificate, bare);
}

function matchesName(certificate: Certificate, host: string): boolean {
  const wanted = lowerCase(host);
  const valid = isValidHost(wanted, false);
  const labels = splitHost(wanted);
  return certificate.dnsNames.some((name) =>
    valid && isValidHost(name, true) ? matchesPattern(name, labels) : matchesExactly(name, wanted),
  );
}

function mismatchText(certificate: Certificate, host: string): string {
  if (reliesOnCommonName(certificate, host)) {
    return "x509: certificate relies on legacy Common Name field, use SANs instead";
  }
  const isAddress = parseAddress(host) !== undefined;
  const names = isAddress ? certificate.ipAddresses : certificate.dnsNames;
  if (isAddress && names.length === 0) {
    return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  }
  if (names.length >= MAX_NAMES) {
    return `x509: certificate is valid for ${names.length} ${isAddress ? "IP SANs" : "names"}, but none matched ${host}`;
  }
  const valid = names.join(", ");
  return valid === ""
    ? `x509: certificate is not valid for any names, but wanted to match ${host}`
    : `x509: certificate is valid for ${valid}, not ${host}`;
}

function reliesOnCommonName(certificate: Certificate, host: string): boolean {
  const octets = octetsOf(certificate);
  if (octets === undefined || octets.extensions.subjectAltName !== undefined) return false;
  return matchesPattern(octets.subjectName.commonName, splitHost(host));
}

/** ASCII only, as Go does it. */
const lowerCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const withoutDot = (host: string): string => (host.endsWith(".") ? host.slice(0, -1) : host);
const splitHost = (host: string): string[] => lowerCase(withoutDot(host)).split(".");

/** RFC 6125 with Go's leniency: underscores pass, and in a pattern a whole first label may be `*`. */
function isValidHost(host: string, isPattern: boolean): boolean {
  const name = isPattern ? host : withoutDot(host);
  if (name === "*") return false;
  return name
    .split(".")
    .every((label, i) => (isPattern && i === 0 && label === "*") || /^[a-z0-9_][a-z0-9_-]*$/i.test(label));
}

function matchesPattern(pattern: string, labels: readonly string[]): boolean {
  const parts = lowerCase(pattern).split(".");
  if (pattern === "" || parts.length !== labels.length) return false;
  return parts.every((part, i) => (i === 0 && part === "*") || part === labels[i]);
}

function matchesExactly(name: string, wanted: string): boolean {
  return wanted !== "" && wanted !== "." && lowerCase(name) === wanted;
}
