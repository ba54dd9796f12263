import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const run = (words: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, ["--no-warnings", main, ...words], { encoding: "utf8", env });

test.each([
  [["stand", "--keda", "9.9.9"], /^cluster: --keda takes 2\.13\.1, 2\.17\.1, 2\.20\.2, not "9\.9\.9"/],
  [["--scenario", "nope"], /^cluster: --scenario takes ctrl-c, record, contract, .*, not "nope"\.$/],
  [["--scenario", "13@moon"], /^cluster: --manifests takes harness, .*, not "moon"\.$/],
  [["--compare", "knative", "--scenario", "1"], /^cluster: --compare takes two different hosts .*, not "knative"\.$/],
  [["--compare", "knative,lambda"], /^cluster: --compare needs a --scenario, or several\.$/],
  [["--nonsense"], /^cluster: Unknown option '--nonsense'/],
])("%j is refused in one sentence", (words, sentence) => {
  const { status, stderr } = run(words);
  expect(stderr.trim()).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(status).toBe(2);
});

test("a machine that cannot run it is told why, with exit code 3", () => {
  // Without programs to find there is no unshare, no Go; without root it does not come that far.
  const { status, stderr } = run(["--build"], { ...process.env, PATH: "/nowhere" });
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(status).toBe(3);
});
