import { describe, expect, test } from "@jest/globals";
import { optionsOf } from "../../src/cli/args.ts";
import { invocationOf } from "../../src/cli/commandLine.ts";
import { exit } from "../../src/cli/exit.ts";
import { commandNames } from "../../src/cli/help.ts";
import { roles } from "../../src/compose.ts";
import { modes } from "../../src/core/policy.ts";
import { version } from "../../src/version.ts";
import { run } from "./captured.ts";

const optionsIn = (help: string): string[] => [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name ?? "");

describe("help", () => {
  test("names every command that exists, and every command has a page", async () => {
    expect([...commandNames].sort()).toEqual(Object.keys(optionsOf).sort());
    const { code, out } = await run(["--help"]);
    expect(code).toBe(exit.ok);
    for (const name of commandNames) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test.each(Object.keys(optionsOf))("%s --help explains exactly the options that it takes", async (name) => {
    const { code, out, err } = await run([name, "--help"]);
    expect([code, err]).toEqual([exit.ok, ""]);
    const inUsage = [...out.matchAll(/\[--([a-z-]+)/g)].map(([, option]) => option ?? "");
    expect([...new Set([...optionsIn(out), ...inUsage])].sort()).toEqual(Object.keys(optionsOf[name] ?? {}).sort());
    expect(out).toContain(`Usage: keda-medic ${name}`);
    expect(await run(["help", name])).toEqual({ code, out, err });
    expect(await run([name, "-h"])).toEqual({ code, out, err });
  });

  test.each(["diagnose", "run", "replay", "incidents", "approve", "pause", "resume"])(
    "%s --help tells its exit codes",
    async (name) => {
      expect((await run([name, "--help"])).out).toContain("Exit codes: 0");
    },
  );

  test("diagnose --help tells every exit code there is", async () => {
    const { out } = await run(["diagnose", "--help"]);
    const told = [...out.slice(out.indexOf("Exit codes:")).matchAll(/\b(\d+) /g)].map(([, code]) => Number(code));
    expect(told.sort((a, b) => a - b)).toEqual(Object.values(exit).sort((a, b) => a - b));
  });

  test("run --help tells every role and mode", async () => {
    const { out } = await run(["run", "--help"]);
    for (const word of [...roles, ...modes]) expect(out).toContain(word);
  });

  test("no line is wider than 120 columns", async () => {
    const pages = await Promise.all(
      ["", ...commandNames].map((name) => run(name === "" ? ["--help"] : ["help", name])),
    );
    for (const line of pages.flatMap((page) => page.out.split("\n"))) expect(line.length).toBeLessThanOrEqual(120);
  });

  test("nothing at all is wrong usage and prints the overview", async () => {
    const { code, out } = await run([]);
    expect([code, out]).toEqual([exit.usage, (await run(["--help"])).out]);
  });

  test.each(["--version", "-v"])("%s prints the version alone", async (word) => {
    expect(await run([word])).toEqual({ code: exit.ok, out: `${version}\n`, err: "" });
  });

  test.each([
    ["/usr/bin/keda-medic", "keda-medic"],
    ["/app/dist/cli/keda-medic.js", "keda-medic"],
    ["/usr/local/bin/kubectl-keda_medic", "kubectl keda-medic"],
    [undefined, "keda-medic"],
  ])("%s is typed as %s", (script, typed) => {
    expect(invocationOf(script)).toBe(typed);
  });

  test("of the kubectl plugin says what to type there", async () => {
    const typed = async (...words: string[]) => {
      const { out, err } = await run(words, false, "kubectl keda-medic");
      return out + err;
    };
    expect(await typed("--help")).toContain("Usage: kubectl keda-medic COMMAND");
    for (const name of commandNames) expect(await typed(name, "--help")).toContain(`Usage: kubectl keda-medic ${name}`);
    expect(await typed("pause", "--nonsense")).toContain("(kubectl keda-medic pause --help)");
    expect(await typed("approve", "--help")).toContain("keda-medic's own objects");
    expect(await typed("--help")).toContain("it is a plugin: kubectl keda-medic COMMAND.");
    const pages = await Promise.all(
      [["--help"], ...commandNames.map((name) => [name, "--help"])].map((of) => typed(...of)),
    );
    expect(pages.join("")).not.toContain("kubectl kubectl");
  });
});
