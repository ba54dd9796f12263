/** Where a command writes: results on stdout, talk on stderr; colours only on a terminal that wants them. */
export interface Output {
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly colour: boolean;
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof codes;

export const styled = ({ colour }: Output, style: Style, text: string): string =>
  colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;

/** Text of a cluster may hold control characters that a terminal would obey. */
export const harmless = (text: string): string =>
  [...text].map((c) => ((c.codePointAt(0) ?? 0) < 32 && c !== "\n" && c !== "\t" ? " " : c)).join("");

/** Breaks at words, indented; long words stay whole. */
export function wrapped(text: string, indent: number, width = 100): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width - indent) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}
