import { describe, expect, test } from "@jest/globals";
import { harmless, wrapped } from "../../src/cli/output.ts";
import { wantsColour } from "../../src/edge/log/colour.ts";
import { play } from "../sandbox/fast.ts";
import { run } from "./captured.ts";
import { breakHopB, diagnose, diagnoseUntil } from "./clusters.ts";

const escapeSequence = "\u001b[";
const recording = "test/fixtures/recordings/keda-2.13.1-self-signed";

/** Lines that are too wide although they could have been broken. */
const tooWide = (text: string, width = 100): string[] =>
  text.split("\n").filter((line) => line.length > width && line.trim().includes(" "));

describe("what a command prints", () => {
  test.each([[["explain", "MetricsApiserverStale"]], [["replay", recording, "--all"]]])(
    "%j has colours where they are wanted, and nowhere else",
    async (words) => {
      expect((await run(words, true)).out).toContain(escapeSequence);
      expect((await run(words)).out).not.toContain(escapeSequence);
    },
  );

  test.each([
    ["a terminal", { isTTY: true }, {}, true],
    ["a pipe", {}, {}, false],
    ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR", { isTTY: true }, { NO_COLOR: "" }, true],
    ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false],
  ])("%s: colours %o %o: %s", (_, stream, env, wanted) => {
    expect(wantsColour(stream, env)).toBe(wanted);
  });

  test("sentences are broken at words, and a word that is too long stays whole", () => {
    expect(wrapped("one two three", 2, 10)).toBe("one two\n  three");
    expect(wrapped("a-very-long-word and more", 0, 10)).toBe("a-very-long-word\nand more");
  });

  test("control characters of a cluster do not reach the terminal", () => {
    expect(harmless("a\u001b[31mb\u0007c\r")).toBe("a [31mb c ");
  });

  test("a diagnosis is readable: wrapped, each check with its source, what would be done, the cure for good", () =>
    play({}, async (world) => {
      await breakHopB(world);
      const { out, err } = await diagnoseUntil(world, 20);
      expect(err).toBe("");
      expect(tooWide(out)).toEqual([]);
      const flat = out.split(/\s+/).join(" ");
      expect(flat).toContain("FAIL StaleSideNamed");
      expect(flat).toContain("Diagnosis: MetricsApiserverStale");
      expect(flat).toContain("a restart helps: restart keda-metrics-apiserver only.");
      expect(flat).toContain("Would restart keda/keda-metrics-apiserver (MetricsApiserverStale)");
      expect(flat).toContain("Upgrade KEDA 2.13.1 to >= 2.17.2");
      expect(flat).toContain("keda-medic explain MetricsApiserverStale tells more.");
      const asNobody = await diagnose(world, [], "nobody");
      expect(tooWide(asNobody.out)).toEqual([]);
      expect(asNobody.out).toContain("Not seen\n");
    }));
});
