import type { Rule } from "./rules.ts";
import { minimalCures, type Situation } from "./situation.ts";
import type { Tally } from "./tally.ts";

/** Situations under one heading, and how every rule does in them. */
export interface Section {
  readonly heading: string;
  readonly situations: readonly Situation[];
  readonly tallies: readonly Tally[];
}

const heads = ["Rule", "Right cures", "Missed cures", "Needless restarts", "Harmful restarts", "Abstentions (rightly)"];

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

const row = (tally: Tally): string =>
  line([
    tally.rule,
    tally.rightCures,
    tally.missedCures,
    tally.needlessRestarts,
    tally.harmfulRestarts,
    `${tally.abstentions} (${tally.rightAbstentions})`,
  ]);

function summary(situations: readonly Situation[]): string {
  const works = situations.filter((one) => one.worksAfter([])).length;
  const hopeless = situations.filter((one) => minimalCures(one).length === 0).length;
  const curable = situations.length - works - hopeless;
  return `${situations.length} situations: ${works} work, ${curable} are broken and curable by a restart, ${hopeless} are broken and no restart can help.`;
}

const section = ({ heading, situations, tallies }: Section): string =>
  [
    `## ${heading}`,
    "",
    summary(situations),
    "",
    line(heads),
    line(heads.map((_, i) => (i === 0 ? "---" : "---:"))),
    ...tallies.map(row),
    "",
  ].join("\n");

/** The page; `made` says what the situations come from. */
export function markdown(sections: readonly Section[], rules: readonly Rule[], made: string): string {
  const words = rules.map((rule) => `- **${rule.name}**: ${rule.words}.`).join("\n");
  return `<!-- Written by \`npm run scoreboard\`: do not edit. -->
# Scoreboard

Whom each rule restarts, and what comes of it. ${made}
Each rule acts on the pair as it stands. A restarted side loads what the Secret holds at that moment. Where that was not enough, those who react to symptoms look once more, at what is seen then (mTLS hides the second fault behind the first); those who react to a change of the Secret do not, it has not changed.
Stuck connections without a TLS error (\`GrpcStuck\`) stand by themselves: nothing but silence shows them, so a restart is left to a person unless policy \`restartOnStuckConnection\` says otherwise; the second row is keda-medic with that policy.
Situations are counted as they can be built, not as often as they happen.

![Bar chart of the totals below](scoreboard.svg)

${words}

${sections.map(section).join("\n")}
- *Right cure*: the two sides talk again. *Missed cure*: a restart could have helped, and they do not.
- *Needless restart*: a side was restarted that no smallest cure needs, or the pair worked anyway.
- *Harmful restart*: a pair that worked does not any more, or a side gave up certificates that it could still use for a
  Secret that nobody can use.
- *Abstention*: the pair is broken and nothing was restarted; *rightly* where nothing could have helped.
`;
}
