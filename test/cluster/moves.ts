import { type Component, components } from "../../src/core/evidence.ts";
import type { CutLink, Rotation } from "../../src/sandbox/world.ts";
import { picture } from "./world/picture.ts";
import type { RealWorld } from "./world/realWorld.ts";

/** What a person can do to the standing cluster. */
interface Move {
  readonly about: string;
  /** What may follow the word; the first one is meant when nothing does. Empty: nothing may. */
  readonly choices: readonly string[];
  readonly make: (world: RealWorld, choice: string) => Promise<unknown>;
}

const rotations: readonly Rotation[] = [
  "selfSignedRekey",
  "keyOfAnother",
  "leafNotSignedByCa",
  "sanMissing",
  "expired",
];
const links: readonly CutLink[] = ["hopA", "hopB", "apiserver"];

const moves: Readonly<Record<string, Move>> = {
  rotate: {
    about: "write another Secret",
    choices: rotations,
    make: (world, kind) => world.rotateSecret(kind as Rotation),
  },
  repair: { about: "write a good Secret", choices: [], make: (world) => world.repairSecret() },
  oom: {
    about: "kill a container in place, OOMKilled",
    choices: components,
    make: (world, which) => world.oomKill(which as Component),
  },
  restart: {
    about: "roll a Deployment out",
    choices: components,
    make: (world, which) => world.restartDeployment(which as Component),
  },
  cut: { about: "break a link", choices: links, make: (world, link) => world.cutNetwork(link as CutLink) },
  heal: { about: "mend all links", choices: [], make: (world) => world.healNetwork() },
  scaler: {
    about: "the scalers' source",
    choices: ["down", "up"],
    make: (world, way) => (way === "up" ? world.repairScaler() : world.breakScaler()),
  },
  look: {
    about: "HPAs and Pods",
    choices: [],
    make: async (world) => void process.stdout.write(`${await picture(world)}\n`),
  },
};

const wordsOf = (name: string, { choices }: Move): string =>
  choices.length === 0 ? name : `${name} [${choices.join("|")}]`;

export const menu = (): string =>
  Object.entries(moves)
    .map(([name, move]) => `  ${wordsOf(name, move).padEnd(74)} ${move.about}`)
    .join("\n");

/** Makes the move that a line asks for. Throws a sentence when there is no such move. */
export async function makeMove(world: RealWorld, line: string): Promise<void> {
  const [name = "", choice] = line.trim().split(/\s+/);
  if (name === "") return;
  const move = moves[name];
  if (move === undefined) throw new Error(`There is no move "${name}". Moves:\n${menu()}`);
  const meant = choice ?? move.choices[0] ?? "";
  if (choice !== undefined && !move.choices.includes(choice))
    throw new Error(`${name} takes ${move.choices.join(", ") || "nothing"}, not "${choice}".`);
  await move.make(world, meant);
}
