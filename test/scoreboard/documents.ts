import { catalogue } from "../corpus/situations.ts";
import { go, modes } from "../oracle/handshake/truth.ts";
import { chart } from "./chart.ts";
import { markdown, type Section } from "./markdown.ts";
import { rules } from "./rules.ts";
import type { Situation } from "./situation.ts";
import { tallyOf } from "./tally.ts";
import { truthTable } from "./truthTable.ts";

/** Where situations come from: one line for each source. */
const sources: readonly (() => readonly Situation[])[] = [truthTable, catalogue];

const sectionOf = (heading: string, situations: readonly Situation[]): Section => ({
  heading,
  situations,
  tallies: rules.map((rule) => tallyOf(rule, situations)),
});

function sections(all: readonly Situation[]): readonly Section[] {
  const groups = Map.groupBy(all, (situation) => situation.group);
  return [...groups].map(([group, situations]) => sectionOf(group, situations));
}

/** What `npm run scoreboard` writes, by path from the root of the repository. */
export function documents(): Readonly<Record<string, string>> {
  const all = sources.flatMap((source) => source());
  const total = sectionOf("All", all);
  const changes = new Set(modes.map((mode) => mode.id)).size;
  const made = `The situations are real mutual-TLS handshakes of ${go}: ${changes} ways in which the Secret changes, with RSA, ECDSA and Ed25519 keys, and every pair of states that the two sides of a KEDA can be in (\`test/oracle/handshake\`); then ${catalogue().length} situations of the catalogue of causes (\`test/corpus\`), of which those that are still in motion, or that our own record or another policy decides, are left out. Every rule is given the same evidence, so where something could not be seen no rule sees it.`;
  const title = `Rules compared over ${all.length} situations`;
  return {
    "docs/scoreboard.md": markdown([...sections(all), total], rules, made),
    "docs/scoreboard.svg": chart(total.tallies, title),
  };
}
