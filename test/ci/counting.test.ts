import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";

const script = fileURLToPath(new URL("../../.ci/counting.sh", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "counting-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `.ci/run` would say and count after one suite of 7 plays, of which this is the command. */
function played(command: string, seconds = 20): { readonly said: string; readonly counted: string } {
  const lines = [
    "set -uo pipefail",
    `. "${script}"`,
    `reports="${folder}"`,
    `played plays 7 ${seconds} bash -c '${command}'`,
    'echo "counted $passed $failed"',
  ];
  const { stdout, stderr } = spawnSync("bash", ["-c", lines.join("\n")], { encoding: "utf8" });
  return { said: stdout + stderr, counted: /^counted (.*)$/m.exec(stdout)?.[1] ?? "nothing" };
}

describe("plays that count themselves", () => {
  test.each([
    ["all passed", "echo playing; echo; echo 7 passed, 0 failed", "7 0"],
    ["the sum of the last line counts, no other", "echo 7 passed, 0 failed; echo 5 passed, 2 failed; exit 1", "5 2"],
    ["plays that nobody counted have not passed", "echo 4 passed, 0 failed; exit 1", "4 3"],
    ["an exit code that no play explains is a failure", "echo 7 passed, 0 failed; exit 9", "7 1"],
    ["a run that ends without its sum has passed nothing", "echo 3 passed; exit 0", "0 7"],
    ["a sum that somebody else speaks after is none", "echo 7 passed, 0 failed; echo Segmentation fault", "0 7"],
    ["a machine that cannot run it", "echo no Go >&2; exit 3", "0 7"],
  ])("%s", (_rule, command, counted) => {
    expect(played(command).counted).toBe(counted);
  });

  test("a machine that cannot run it is named loudly, with its own sentence", () => {
    const { said } = played("echo cluster: Go is missing. >&2; exit 3");
    expect(said).toContain("cluster: Go is missing.");
    expect(said).toMatch(/^!!! plays: THIS MACHINE CANNOT RUN IT .* All 7 plays count as failed\.$/m);
  });

  test("out of time: what had passed until then counts, when the run still says so", () => {
    const { counted, said } = played('trap "echo 2 passed, 5 failed; exit 1" TERM; sleep 30 & wait', 1);
    expect(counted).toBe("2 5");
    expect(said).toContain("!!! plays: OUT OF TIME after 1 s.");
  });

  test("what is said while it runs is shown", () => {
    expect(played("echo === 1: the seed; echo 7 passed, 0 failed").said).toContain("=== 1: the seed");
  });
});
