import { messageOf } from "../../../src/core/thrown.ts";
import { binaryKey, build } from "../../cluster/build/build.ts";
import { goVersion } from "../../cluster/build/go.ts";
import { controlPlanePrograms, helm, type Program } from "../../cluster/build/programs.ts";

/** What the tests here start, by the words of the command line. The cache is that of the real cluster. */
const groups: Readonly<Record<string, readonly Program[]>> = {
  helm: [helm],
  api: controlPlanePrograms.filter(({ binary }) => binary !== "kube-controller-manager"),
};

/** Builds what is missing, with a line per program on stderr. Throws a Failure without Go. */
export async function programs(names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const wanted = names.flatMap((name) => groups[name] ?? []);
  return build(wanted, goVersion(), (line) => void process.stderr.write(`${line}\n`));
}

export const helmKey = binaryKey(helm);

// node test/infra/tools/build.ts helm: prints the path of each program, one a line.
if (import.meta.main) {
  try {
    for (const path of Object.values(await programs(process.argv.slice(2)))) process.stdout.write(`${path}\n`);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 3;
  }
}
