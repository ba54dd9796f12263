import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

export interface Fence {
  /** `sh`, `sh test`, `yaml`, `text` ... */
  readonly info: string;
  readonly text: string;
  /** True when nothing stands between this fence and the one before it. */
  readonly follows: boolean;
}

/** Fenced blocks of a page, in order. */
export function fencesOf(page: string): readonly Fence[] {
  let end = -1;
  return [...page.matchAll(/^```([^\n]*)\n([\s\S]*?)\n?^```$/gm)].map((found) => {
    const follows = end >= 0 && page.slice(end, found.index).trim() === "";
    end = found.index + found[0].length;
    return { info: found[1] ?? "", text: found[2] ?? "", follows };
  });
}

export interface Example {
  readonly command: string;
  /** What is shown as its output; undefined when nothing is shown. */
  readonly shown: string | undefined;
}

/** Examples that a test runs: blocks marked `sh test`, with the `text` block right behind. */
export function examplesOf(page: string): readonly Example[] {
  const fences = fencesOf(page);
  return fences.flatMap(({ info, text }, i) => {
    const next = fences[i + 1];
    const shown = next?.info === "text" && next.follows ? next.text : undefined;
    return info === "sh test" ? [{ command: text, shown }] : [];
  });
}
