import { main } from "../../src/cli/commandLine.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process and keeps what it says. */
export async function run(words: readonly string[], colour = false, invocation?: string): Promise<Ended> {
  const said = { out: "", err: "" };
  const output = {
    write: (text: string) => {
      said.out += text;
    },
    warn: (text: string) => {
      said.err += text;
    },
    colour,
  };
  const code = await main(words, output, invocation);
  return { code, ...said };
}
