import { main } from "../../src/cli/commandLine.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process and keeps what it says. */
export async function run(words: readonly string[], colour = false): Promise<Ended> {
  const said = { out: "", err: "" };
  const code = await main(words, {
    write: (text) => {
      said.out += text;
    },
    warn: (text) => {
      said.err += text;
    },
    colour,
  });
  return { code, ...said };
}
