/** Takes out of a text what must never leave the process. */
export type Redact = (text: string) => string;

const patterns: readonly (readonly [RegExp, string])[] = [
  // A PEM private key, also one whose end was cut off.
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, "[private key]"],
  // The same in base64, as a Secret's data holds it: "-----BEGIN " of anything but a certificate.
  [/LS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FUR)[A-Za-z0-9+/=]{16,}/g, "[private key]"],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, "$1 [redacted]"],
  // Tokens of service accounts (JWT) and of EKS.
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, "[token]"],
  [/\bk8s-aws-v1\.[\w-]{8,}/g, "[token]"],
  // User and password in an address.
  [/\/\/[^\s/@:]{1,100}:[^\s/@]{1,200}@/g, "//[redacted]@"],
];

/** Nobody reads further than this, and it bounds the work. */
const LONGEST = 65_536;

/** A redactor that also knows this process's own secrets by heart. */
export function redactorOf(secrets: readonly string[] = []): Redact {
  const known = secrets.filter((secret) => secret.length >= 8);
  return (text) => {
    const bounded = text.slice(0, LONGEST);
    const without = known.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), bounded);
    return patterns.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), without);
  };
}
