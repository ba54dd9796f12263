import { parseJsonText } from "./json.ts";
import { resourcePrefix } from "./wholeSecret.ts";

const quote = 0x22;
const backslash = 0x5c;

/** Index after the string that starts at `from`, or the end of the text. */
function endOfString(text: string, from: number): number {
  let i = from + 1;
  while (i < text.length && text.charCodeAt(i) !== quote) i += text.charCodeAt(i) === backslash ? 2 : 1;
  return i + 1;
}

interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
}

/** Moves over one token and keeps count of the nesting. */
function step(cursor: Cursor): void {
  const char = cursor.text[cursor.at];
  if (char === '"') {
    cursor.at = endOfString(cursor.text, cursor.at);
    return;
  }
  if (char === "{" || char === "[") cursor.depth += 1;
  if (char === "}" || char === "]") cursor.depth -= 1;
  cursor.at += 1;
}

const afterKey = /\s*:\s*/y;

/** Index where the value of a `data` or `data_base64` key starts, when the string at `from` is such a key. */
function dataValueAt(text: string, from: number): number | undefined {
  const end = endOfString(text, from);
  const token = text.slice(from, end);
  if (token !== '"data"' && token !== '"data_base64"') return undefined;
  afterKey.lastIndex = end;
  return afterKey.test(text) ? afterKey.lastIndex : undefined;
}

/** Index after the value that starts at the cursor: where a comma or a bracket ends it on its own level. */
function skipValue(cursor: Cursor): void {
  const level = cursor.depth;
  while (cursor.at < cursor.text.length) {
    const char = cursor.text[cursor.at] ?? "";
    if (cursor.depth === level && ",}]".includes(char)) return;
    step(cursor);
  }
}

/** The text of envelopes on one level (1: one envelope, 2: a batch) with `null` for the data of the chosen ones. */
function blankData(text: string, level: number, chosen: (envelope: number) => boolean): string {
  const cursor: Cursor = { text, at: 0, depth: 0 };
  const kept: string[] = [];
  let from = 0;
  let envelope = -1;
  while (cursor.at < text.length) {
    if (cursor.depth === level - 1 && text[cursor.at] === "{") envelope += 1;
    const isKey = cursor.depth === level && text[cursor.at] === '"' && chosen(envelope);
    const start = isKey ? dataValueAt(text, cursor.at) : undefined;
    if (start === undefined) {
      step(cursor);
      continue;
    }
    kept.push(text.slice(from, start), "null");
    cursor.at = start;
    skipValue(cursor);
    from = cursor.at;
  }
  kept.push(text.slice(from));
  return kept.join("");
}

/** True when a structured body may hold a Secret in Resource mode. Native searches, so innocent bodies pay nothing. */
export const maybeWholeSecret = (body: Buffer): boolean => body.includes(resourcePrefix) && body.includes('"Secret"');

/**
 * A structured body without the data of every envelope that carries a whole Secret: blanked as text, before anything is
 * parsed, so that a private key never becomes a value. `isSecret` judges an envelope that has lost its data.
 */
export function redacted(
  text: string,
  mode: "structured" | "batched",
  isSecret: (envelope: unknown) => boolean,
): string {
  const level = mode === "structured" ? 1 : 2;
  const bare = parseJsonText(blankData(text, level, () => true));
  if (!bare.ok) return text;
  const envelopes = mode === "structured" ? [bare.value] : bare.value;
  if (!Array.isArray(envelopes)) return text;
  const secrets = envelopes.map(isSecret);
  return secrets.includes(true) ? blankData(text, level, (envelope) => secrets[envelope] === true) : text;
}
