import { type Output, styled, wrapped } from "../../cli/output.ts";

type Kind = "happened" | "saw" | "concluded" | "did" | "proof" | "note";

const labels: Readonly<Record<Kind, readonly [string, "cyan" | "dim" | "yellow" | "red" | "green" | "bold"]>> = {
  happened: ["happened ", "cyan"],
  saw: ["saw      ", "dim"],
  concluded: ["concluded", "yellow"],
  did: ["did      ", "red"],
  proof: ["proof    ", "green"],
  note: ["         ", "dim"],
};

export interface Line {
  readonly scenario: string;
  /** Seconds since the scenario began. */
  readonly at: number;
  readonly kind: Kind;
  readonly text: string;
}

export interface Narrator {
  chapter(scenario: string, title: string, about: string): void;
  tell(kind: Kind, text: string): void;
  ending(passed: boolean, text: string): void;
}

/** Tells the story line by line: a table of seconds for people, JSON lines for scripts. Says nothing twice in a row. */
export function createNarrator(output: Output, as: "text" | "json", now: () => number): Narrator {
  let scenario = "";
  let began = now();
  let last = "";
  const seconds = (): number => Math.round((now() - began) / 100) / 10;
  const json = (value: object): void => output.write(`${JSON.stringify(value)}\n`);
  return {
    chapter: (name, title, about) => {
      scenario = name;
      began = now();
      last = "";
      if (as === "text") output.write(`\n${styled(output, "bold", title)}\n  ${wrapped(about, 2)}\n\n`);
      else json({ scenario, at: 0, kind: "chapter", text: title });
    },
    tell: (kind, text) => {
      if (text === last) return;
      last = text;
      const [label, style] = labels[kind];
      if (as === "json") json({ scenario, at: seconds(), kind, text });
      else
        output.write(
          `${seconds().toFixed(1).padStart(6)}s  ${styled(output, style, label)}  ${wrapped(text, 20, 118)}\n`,
        );
    },
    ending: (passed, text) => {
      if (as === "json") json({ scenario, at: seconds(), kind: "ending", passed, text });
      else
        output.write(
          `\n  ${styled(output, passed ? "green" : "red", passed ? "ENDED AS IT MUST" : "DID NOT END AS IT MUST")}: ${wrapped(text, 2)}\n`,
        );
    },
  };
}
