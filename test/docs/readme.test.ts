import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import manifest from "../../package.json" with { type: "json" };
import { valuesOf } from "../../scripts/render/table.mjs";
import { readArguments } from "../../src/cli/args.ts";
import { exit } from "../../src/cli/exit.ts";
import { variables } from "../../src/edge/config/variables.ts";
import { type Example, examplesOf, fencesOf, read, root } from "./fences.ts";

const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRACTS.md",
  "CONTRIBUTING.md",
  "DECISIONS.md",
  "SECURITY.md",
  "docs/causes.md",
  "docs/hosts.md",
  "docs/install.md",
  "docs/scoreboard.md",
  "docs/facts/events.md",
  "docs/facts/keda.md",
  "docs/facts/kubernetes.md",
  "docs/facts/pki.md",
  "infra/aws/README.md",
  "infra/helm/keda-medic/README.md",
  "infra/event-exporter/README.md",
  "test/cluster/README.md",
  "test/fixtures/recordings/README.md",
  "test/properties/README.md",
];

/** The sources instead of the bundle, so that no build is needed: test/build/ starts the bundle. */
const asSource = (command: string): string =>
  command.replaceAll("npx keda-medic", `"${process.execPath}" src/cli/main.ts`);

async function outputOf({ command }: Example): Promise<string> {
  const { stdout } = await promisify(execFile)("sh", ["-ec", asSource(command)], { cwd: root });
  return stdout;
}

/** Shown lines must come in this order; `...` stands for anything in between. */
function expectShown(shown: string, output: string): void {
  let at = 0;
  for (const line of shown.split("\n").filter((text) => text.trim() !== "..." && text.trim() !== "")) {
    const found = output.indexOf(line.trimEnd(), at);
    expect({ line, found: found >= 0 }).toEqual({ line, found: true });
    at = found + line.trimEnd().length;
  }
}

describe("README.md", () => {
  const readme = read("README.md");

  test.each(examplesOf(readme))("$command prints what is shown", async (example) => {
    expect(example.shown).toBeDefined();
    expectShown(example.shown ?? "", await outputOf(example));
  });

  test("shows a verdict, and marks every example that can be run here", () => {
    const commands = fencesOf(readme).filter(({ info }) => info === "sh");
    const offline = commands.filter(({ text }) => /keda-medic (replay|explain)/.test(text));
    expect(offline).toEqual([]);
    expect(examplesOf(readme).length).toBeGreaterThanOrEqual(3);
  });

  test("tells every exit code", () => {
    const table = readme.slice(readme.indexOf("## Exit codes"), readme.indexOf("## Install"));
    const told = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(told.sort((a, b) => a - b)).toEqual(Object.values(exit).sort((a, b) => a - b));
  });

  test("each invariant names tests that exist", () => {
    const rows = [...readme.matchAll(/^\| (I\d) \| .*? \| (.*) \|$/gm)];
    expect(rows.map(([, id]) => id)).toEqual(["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8"]);
    for (const [, , proofs = ""] of rows) {
      const named = [...proofs.matchAll(/(?:`(test\/[^`]+)`: )?"([^"]+)"/g)];
      expect(named.length).toBeGreaterThan(0);
      let file = "";
      for (const [, path, name = ""] of named) {
        file = path ?? file;
        expect([file, name, read(file).includes(name)]).toEqual([file, name, true]);
      }
    }
  });
});

describe("every page", () => {
  test.each(pages)("%s links to files that exist", (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g)].map(([, path]) => path ?? "");
    const missing = links.filter((path) => !existsSync(`${root}${normalize(`${dirname(page)}/${path}`)}`));
    expect(missing).toEqual([]);
  });

  test.each(pages)("%s names files of ours that exist", (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|infra|schemas|functions|docs|scripts)\/[\w./-]*\w)`/g)];
    const missing = named.map(([, path]) => path ?? "").filter((path) => !existsSync(`${root}${path}`));
    expect(missing).toEqual([]);
  });

  test.each(pages)("%s names npm scripts that exist", (page) => {
    const scripts = [...read(page).matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? "");
    expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
  });

  test.each(pages)("%s gives options that the commands take", (page) => {
    const blocks = fencesOf(read(page)).filter(({ info }) => info.startsWith("sh"));
    const lines = blocks.flatMap(({ text }) => text.split("\n"));
    const calls = lines.flatMap(
      (line) => /keda-medic (diagnose|run|replay|explain|incidents|approve) ([^|#]*)/.exec(line) ?? [],
    );
    for (let i = 0; i < calls.length; i += 3)
      expect(() =>
        readArguments(calls[i + 1] ?? "", (calls[i + 2] ?? "").trim().split(/\s+/).filter(Boolean)),
      ).not.toThrow();
  });

  test.each(pages)("%s names variables that exist", (page) => {
    const named = [...read(page).matchAll(/\bKEDA_MEDIC_[A-Z_]*[A-Z]\b/g)].map(([name]) => name);
    expect(named.filter((name) => !Object.hasOwn(variables, name))).toEqual([]);
  });

  test("ARCHITECTURE.md fits on 120 lines", () => {
    expect(read("ARCHITECTURE.md").trimEnd().split("\n").length).toBeLessThanOrEqual(120);
  });
});

describe("commands of the manual", () => {
  const schema = JSON.parse(read("infra/helm/keda-medic/values.schema.json")) as unknown;
  const known = valuesOf(schema).map(([path]) => path);
  const manuals = ["docs/install.md", "infra/helm/keda-medic/README.md", "infra/helm/keda-medic/templates/NOTES.txt"];
  const setBy = (text: string): string[] =>
    [...text.matchAll(/--set[ =]([\w.[\]]+)=/g)].map(([, path = ""]) => path.replace(/\[.*/, ""));

  test.each(manuals)("%s sets values that the chart has", (page) => {
    const named = setBy(read(page));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !known.includes(path))).toEqual([]);
  });

  test("docs/install.md applies files that exist", () => {
    const files = [...read("docs/install.md").matchAll(/-f (infra\/\S+)/g)].map(([, path = ""]) => path);
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
  });

  test("docs/install.md names values in its sentences that the chart has", () => {
    const named = [...read("docs/install.md").matchAll(/`([a-z]\w+(?:\.\w+)+)(?:=[^`]*)?`/g)].map(
      ([, path = ""]) => path,
    );
    const values = named.filter((path) => known.some((value) => value.startsWith(`${path.split(".")[0]}.`)));
    expect(values.length).toBeGreaterThan(6);
    expect(values.filter((path) => !known.includes(path))).toEqual([]);
  });
});
