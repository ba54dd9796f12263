import type { Tally } from "./tally.ts";

interface Panel {
  readonly title: string;
  readonly kind: "good" | "plain" | "warn" | "bad";
  readonly value: (tally: Tally) => number;
}

const panels: readonly Panel[] = [
  { title: "right cures", kind: "good", value: (tally) => tally.rightCures },
  { title: "missed cures", kind: "plain", value: (tally) => tally.missedCures },
  { title: "needless restarts", kind: "warn", value: (tally) => tally.needlessRestarts },
  { title: "harmful restarts", kind: "bad", value: (tally) => tally.harmfulRestarts },
];

const labels = 176;
const panelWidth = 170;
const barWidth = 115;
const rowHeight = 26;
const top = 40;
const width = labels + panels.length * panelWidth;

// The chart brings its own ground, so its text is legible on any page; ground and text turn dark together.
const style = `<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .ground { fill: #ffffff; stroke: #d0d7de; }
  .head { font-weight: 600; }
  .good { fill: #2da44e; } .plain { fill: #8c959f; } .warn { fill: #d29922; } .bad { fill: #e5534b; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .ground { fill: #0d1117; stroke: #30363d; } }
</style>`;

function bar(panel: Panel, tally: Tally, place: { x: number; y: number; most: number }): string {
  const value = panel.value(tally);
  const length = Math.round((value / place.most) * barWidth);
  const shape =
    length === 0
      ? ""
      : `<rect class="${panel.kind}" x="${place.x}" y="${place.y + 4}" width="${length}" height="16" rx="2"/>`;
  return `${shape}<text x="${place.x + length + 5}" y="${place.y + 17}">${value}</text>`;
}

const rowOf = (tally: Tally, y: number, most: number): string =>
  [
    `<text${tally.rule === "keda-medic" ? ' class="head"' : ""} x="${labels - 12}" y="${y + 17}" text-anchor="end">${tally.rule}</text>`,
    ...panels.map((panel, i) => bar(panel, tally, { x: labels + i * panelWidth, y, most })),
  ].join("\n");

/** One row for each rule, one column for each figure, all on one scale. */
export function chart(tallies: readonly Tally[], title: string): string {
  const most = Math.max(1, ...tallies.flatMap((tally) => panels.map((panel) => panel.value(tally))));
  const height = top + tallies.length * rowHeight + 10;
  const heads = panels.map(
    (panel, i) => `<text class="head" x="${labels + i * panelWidth}" y="24">${panel.title}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    "<!-- Written by `npm run scoreboard`: do not edit. -->",
    `<title id="title">${title}</title>`,
    style,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...heads,
    ...tallies.map((tally, i) => rowOf(tally, top + i * rowHeight, most)),
    "</svg>",
    "",
  ].join("\n");
}
