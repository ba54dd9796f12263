/** Cold starts in README.md, out of figures.json, which `npm run figures:aws` measures. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const figures = JSON.parse(readFileSync(join(import.meta.dirname, "figures.json"), "utf8"));

const ours = ["respond", "restart", "sweep"];
const row = (cells) => `| ${cells.join(" | ")} |`;
const spread = ({ median, from, to }) => `${median} (${from} to ${to})`;

const labels = {
  respond: "respond",
  restart: "restart",
  sweep: "sweep",
  client: "the same AWS client only",
  empty: "empty",
};

/** One line a handler and size: init, beside the same client, and the first answer. */
export function startTable() {
  const rows = figures.at.flatMap(({ memory, init, first, ratio }) =>
    Object.entries(labels).map(([name, label]) =>
      row([
        memory.toLocaleString("en"),
        label,
        spread(init[name]),
        ours.includes(name) ? `${ratio[name].median.toFixed(2)} (${ratio[name].from} to ${ratio[name].to})` : "",
        spread(first[name]),
      ]),
    ),
  );
  const head = ["MB", "Handler", "Init, ms", "Init, of the same client's", "First answer, ms"];
  return [row(head), row(["---:", "---", "---:", "---:", "---:"]), ...rows].join("\n");
}

export function startLine() {
  const { date, machine, rounds, limited, sizes } = figures;
  const share = limited
    ? "each process in a cgroup with the CPU share that Lambda gives to so much memory"
    : "with whole CPUs whatever the size, because no cgroup could be made";
  const kilobytes = ours.map((name) => `${name} ${sizes[name]} KB`).join(", ");
  return [
    `Measured on ${date} on ${machine}, never on AWS: ${share}, the handlers one after the other, ${rounds} rounds, median (least to most).`,
    `Bundles with everything that is loaded on demand: ${kilobytes}; with the same AWS client only ${sizes.client} KB.`,
  ].join(" ");
}
