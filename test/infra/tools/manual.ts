import { read } from "./objects.ts";

const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ""));

/** The commands of a program in docs/install.md that hold a text, in their order and up to a pipe: what to give to it. */
export const commandsOfManual = (program: string, holding: string): readonly (readonly string[])[] =>
  [
    ...read("docs/install.md")
      .replaceAll("\\\n", " ")
      .matchAll(/(?:^|`)(\w+) ([^`|\n]*)/gm),
  ]
    .filter(([, name, rest]) => name === program && rest?.includes(holding))
    .map(([, , rest = ""]) => wordsOf(rest));
