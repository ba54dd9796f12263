/** Finding Go's TLS error text in a log line, and comparing two of them. */

/** Each wrapper (gRPC, klog, JSON) escapes the quotes of what it wraps once more: undo all of it. */
const unescaped = (text: string): string => text.replace(/\\{1,64}"/g, '"');

/** Texts with quotes of their own, in full: anything else ends before the next quote, backslash or line end. */
const QUOTED_TEXTS = [
  /^x509: certificate signed by unknown authority \(possibly because of "[^\n]{0,2048}?" while trying to verify candidate authority certificate "[^\n]{0,2048}?"\)/,
  /^x509: a root or intermediate certificate is not authorized [^"\n]*"[^"\n]*" is (?:not permitted by any constraint|excluded by constraint "[^"\n]*")/,
] as const;
/** Of a hint that is cut off this keeps the opening bracket, so it never passes for a text without hint. */
const PLAIN_TEXT = /^[^"\n\\]+/;
const STARTS = [/x509: /, /remote error: tls: /, /(?<![a-z])tls: /] as const;

/** Far more than any line that a kubelet keeps whole. */
const MAX_LINE_LENGTH = 64 * 1024;

/**
 * Go's own text in a log line, out of every wrapper: `x509: ...`, else `remote error: tls: ...`, else `tls: ...`.
 * undefined when there is none.
 */
export function innermostTlsText(line: string): string | undefined {
  const text = unescaped(line.slice(0, MAX_LINE_LENGTH));
  const start = STARTS.map((pattern) => text.search(pattern)).find((at) => at >= 0);
  return start === undefined ? undefined : textAt(text.slice(start));
}

function textAt(text: string): string | undefined {
  for (const pattern of [...QUOTED_TEXTS, PLAIN_TEXT]) {
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return found.trimEnd();
  }
  return undefined;
}

/**
 * Whether two texts say the same. Set aside: the moment of verification in texts about dates, the quotes' escapes, and
 * what only some versions of Go add (`tls: failed to verify certificate: `, advice about GODEBUG).
 */
export const sameTlsText = (a: string, b: string): boolean => essence(a) === essence(b);

const essence = (text: string): string =>
  unescaped(text)
    .trim()
    .replace(/^tls: failed to verify (?:client )?certificate: /, "")
    .replace(/current time \S{1,64} is (after|before) /, "current time is $1 ")
    .replace(/ \(temporarily override with GODEBUG=\w{1,64}=1\)/, "");
