import { describe, expect, test } from "@jest/globals";
import * as rules from "./rules.ts";
import { importsOf, readSources, type Source } from "./sources.ts";

const sources = readSources("src", "functions");

test("the walk sees the tree", () => {
  expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(["src/core/policy.ts", "src/edge/config.ts"]));
  expect(sources.flatMap((source) => importsOf(source)).length).toBeGreaterThan(100);
});

test.each(Object.entries(rules))("%s", (_, rule) => {
  expect(rule(sources)).toEqual([]);
});

const tree = (files: Readonly<Record<string, string>>): readonly Source[] =>
  Object.entries(files).map(([path, text]) => ({ path, text }));
const imports = (...specifiers: readonly string[]): string =>
  specifiers.map((s) => `import { x } from "${s}";\n`).join("");

describe("each rule fails where it is broken", () => {
  const planted: readonly [rules.Rule, Readonly<Record<string, string>>, string][] = [
    [rules.everyFileHasItsPlace, { "src/utils/a.ts": "" }, "src/utils/a.ts is in no part"],
    [
      rules.importsPointDown,
      { "src/core/a.ts": imports("../ports/b.ts") },
      "src/core/a.ts may not import src/ports/b.ts",
    ],
    [rules.importsPointDown, { "src/ports/a.ts": imports("../flow/b.ts") }, "may not import"],
    [rules.importsPointDown, { "src/flow/a.ts": imports("../edge/tls/b.ts") }, "may not import"],
    [rules.importsPointDown, { "src/flow/a.ts": imports("../edge/config.ts") }, "may not import"],
    [rules.importsPointDown, { "src/edge/tls/a.ts": imports("../../flow/b.ts") }, "may not import"],
    [rules.importsPointDown, { "src/edge/tls/a.ts": imports("../log/b.ts") }, "may not import"],
    [rules.importsPointDown, { "src/edge/cloudevents/a.ts": imports("../hosts/b.ts") }, "may not import"],
    [rules.importsPointDown, { "src/edge/tls/a.ts": imports("../config.ts") }, "may not import"],
    [rules.importsPointDown, { "src/edge/tls/a.ts": imports("../../compose.ts") }, "may not import"],
    [rules.importsPointDown, { "src/compose.ts": imports("./cli/main.ts") }, "may not import"],
    [rules.importsPointDown, { "src/edge/tls/a.ts": imports("../../host.ts") }, "may not import"],
    [rules.importsPointDown, { "src/core/a.ts": imports("../version.ts") }, "may not import"],
    [rules.importsPointDown, { "src/cli/a.ts": imports("../../package.json") }, "may not import package.json"],
    [rules.importsPointDown, { "src/cli/a.ts": imports("../sandbox/world.ts") }, "may not import"],
    [rules.importsPointDown, { "functions/knative/a.ts": imports("../../src/sandbox/b.ts") }, "may not import"],
    [rules.importsPointDown, { "src/compose.ts": imports("../test/a.ts") }, "may not import"],
    [rules.importsPointDown, { "src/core/a.ts": 'import type { x } from "../ports/b.ts";' }, "may not import"],
    [rules.importsPointDown, { "src/core/a.ts": 'export type { x } from "../ports/b.ts";' }, "may not import"],
    [rules.importsPointDown, { "src/core/a.ts": 'const x = await import("../ports/b.ts");' }, "may not import"],
    [rules.importsPointDown, { "src/core/a.ts": 'type X = import("../ports/b.ts").X;' }, "may not import"],
    [
      rules.importsPointDown,
      { "src/core/a.ts": 'import {\n  type x,\n  y,\n} from "../ports/b.ts";' },
      "may not import",
    ],
    [rules.importsPointDown, { "src/core/a.ts": 'import "../ports/b.ts";' }, "may not import"],
    [rules.importsPointDown, { "src/core/a.ts": 'import * as b from "../ports/b.ts";' }, "may not import"],
    [rules.importsNameFiles, { "src/core/a.ts": imports("./gone.ts") }, "src/core/gone.ts, which does not exist"],
    [rules.packagesStayHome, { "src/core/a.ts": imports("node:crypto") }, "src/core/a.ts may not import node:crypto"],
    [rules.packagesStayHome, { "src/flow/a.ts": imports("node:fs") }, "may not import"],
    [rules.packagesStayHome, { "src/ports/a.ts": imports("cloudevents") }, "may not import"],
    [rules.packagesStayHome, { "src/edge/hosts/a.ts": imports("cloudevents") }, "may not import"],
    [rules.packagesStayHome, { "src/edge/tls/a.ts": imports("@opentelemetry/api") }, "may not import"],
    [rules.packagesStayHome, { "src/cli/a.ts": imports("@kubernetes/client-node/dist/config.js") }, "may not import"],
    [rules.packagesStayHome, { "src/edge/tls/a.ts": imports("node-forge") }, "may not import"],
    [rules.packagesStayHome, { "src/edge/tls/a.ts": imports("left-pad") }, "may not import left-pad"],
    [rules.packagesStayHome, { "src/edge/tls/a.ts": imports("fs") }, "may not import fs"],
    [rules.noCycles, { "src/core/a.ts": imports("./a.ts") }, "src/core/a.ts -> src/core/a.ts"],
    [
      rules.noCycles,
      {
        "src/core/a.ts": imports("./b.ts"),
        "src/core/b.ts": imports("./c.ts"),
        "src/core/c.ts": 'import type { x } from "./a.ts";',
      },
      "src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts",
    ],
    [rules.oneDoorToTheEnvironment, { "src/cli/a.ts": "const port = process.env.PORT;" }, "src/cli/a.ts reads"],
    [rules.oneDoorToTheEnvironment, { "src/cli/a.ts": "const { env } = process;" }, "reads the environment"],
    [rules.oneDoorToTheEnvironment, { "src/cli/a.ts": 'process["env"]' }, "reads the environment"],
    [rules.oneDoorToTheEnvironment, { "src/cli/a.ts": 'import { env } from "node:process";' }, "reads the environment"],
    [
      rules.noBarrels,
      { "src/core/index.ts": '/** All. */\nexport * from "./a.ts";\nexport { b } from "./b.ts";\n' },
      "only re-exports",
    ],
    [rules.filesAreShort, { "src/core/a.ts": "x\n".repeat(301) }, "src/core/a.ts has 301 lines"],
  ];

  test.each(planted.map(([rule, files, words]) => ({ rule, files, words, name: rule.name, code: named(files) })))(
    "$name: $code",
    ({ rule, files, words }) => {
      expect(rule(tree(files))).toEqual([expect.stringContaining(words)]);
    },
  );
});

/** The first file, short enough for a test's name. */
function named(files: Readonly<Record<string, string>>): string {
  const [[path, text] = ["", ""]] = Object.entries(files);
  return `${path} with ${JSON.stringify(text.slice(0, 60))}`;
}

describe("what looks like a violation and is none", () => {
  const fine: Readonly<Record<string, string>> = {
    "src/core/a.ts":
      '/** See import("../ports/b.ts").\n * import { x } from "../ports/b.ts"\n */\n// import "x";\nexport const a = "import x from y";\n',
    "src/core/b.ts":
      'const any = "*/*";\nimport { a } from "./a.ts";\nexport { a } from "./a.ts";\nexport const b = a;\n',
    "src/core/certificate/cryptography.ts": imports("node:crypto"),
    "src/ports/p.ts": 'import type { a } from "../core/a.ts";\n',
    "src/edge/tls/a.ts": `${imports("node:tls", "./b.ts", "../../ports/p.ts")}/** process.env is read elsewhere. */\n`,
    "src/edge/tls/b.ts": imports("../../core/a.ts"),
    "src/edge/hosts/node/a.ts": imports("../../cloudevents/a.ts"),
    "src/edge/cloudevents/a.ts": 'const { x } = await import("./lazy.ts");\n',
    "src/edge/cloudevents/lazy.ts": `import type { HTTP } from "cloudevents";\n${imports("cloudevents")}`,
    "src/edge/config.ts": `${imports("./config/read.ts")}const all = process.env;\n`,
    "src/edge/config/read.ts": imports("../../core/a.ts"),
    "src/version.ts": imports("../package.json"),
    "src/host.ts": imports("./compose.ts"),
    "src/compose.ts": imports("./version.ts", "./edge/tls/a.ts", "./flow/f.ts", "node:fs"),
    "src/flow/f.ts": imports("../ports/p.ts", "./g.ts"),
    "src/flow/g.ts": "export const g = process.exitCode;\n",
    "src/cli/main.ts": imports("../compose.ts", "../console/c.ts"),
    "src/console/c.ts": imports("../core/b.ts"),
    "functions/knative/respond.ts": imports("../../src/compose.ts"),
  };

  test.each(Object.entries(rules))("%s", (_, rule) => {
    expect(rule(tree(fine))).toEqual([]);
  });
});
