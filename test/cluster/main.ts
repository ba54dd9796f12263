import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../src/core/thrown.ts";
import { build } from "./build/build.ts";
import { moduleFolder } from "./build/go.ts";
import { helm, type KedaVersion, kedaVersion, kedaVersions, type Program, programsFor } from "./build/programs.ts";
import { checkMachine } from "./build/requirements.ts";
import { exitCodes, Failure } from "./failure.ts";
import { manifestsOf } from "./medic/render.ts";
import { enter } from "./namespaces/enter.ts";
import { leavingNothing, type Playable, type Running, recordingAgain, runAll } from "./run.ts";
import { inCi, scenarios } from "./scenarios/all.ts";

const help = `Runs keda-medic against a real control plane and real KEDA, without containers.

  npm run cluster -- [--keda ${kedaVersions.join("|")}]      a cluster to play with, until Ctrl-C
  npm run test:cluster -- [--scenario NAME]... [--ci] [--jobs N] [--repeat N]
                                                         scenarios, N at a time, each N times; the last line is
                                                         "N passed, N failed"
           [--manifests harness|deployment|knative]      as what keda-medic is installed: by the harness's manifests, or
                                                         by the Helm chart with this host
  npm run record -- [--into FOLDER]                      the incident as fixtures of test/fixtures/recordings
  npm run test:cluster -- --build                        only builds the programs
  npm run test:cluster -- --list                         names of all scenarios; with --ci: what CI plays

Needs Linux, root, Go >= 1.26 and util-linux. The first build takes a quarter of an hour or more.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function readWords() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        keda: { type: "string" },
        scenario: { type: "string", multiple: true },
        ci: { type: "boolean" },
        jobs: { type: "string" },
        repeat: { type: "string" },
        manifests: { type: "string" },
        build: { type: "boolean" },
        into: { type: "string" },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Failure(`${messageOf(error).split("\n")[0]} (--help says more)`, exitCodes.usage);
  }
}

async function prepare(versions: readonly KedaVersion[], also: readonly Program[] = []) {
  const goVersion = checkMachine();
  const programs = [...programsFor(versions), ...also];
  const binaries = await build(programs, goVersion, say);
  const keda = programs.filter(({ folder }) => folder.startsWith("keda-"));
  const modules = Object.fromEntries(keda.map((program) => [program.folder, moduleFolder(program)]));
  return { binaries, modules };
}

async function stand(version: KedaVersion): Promise<number> {
  const prepared = await prepare([version]);
  const code = await enter({ ...prepared, task: "stand", words: [version] });
  return code === 130 ? exitCodes.ok : code;
}

/** Records as the incident goes; default into the committed fixture. */
async function record(into: string | undefined): Promise<number> {
  const words = into === undefined ? [] : [resolve(into)];
  return enter({ ...(await prepare(["2.13.1"])), task: "record", words });
}

const playables: readonly Playable[] = [leavingNothing, recordingAgain, ...scenarios];

function chosen(names: readonly string[]): readonly Playable[] {
  const known = playables.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Failure(`--scenario takes ${known.join(", ")}, not "${unknown}".`, exitCodes.usage);
  return names.length === 0 ? playables : playables.filter(({ name }) => names.includes(name));
}

async function test(names: readonly string[], running: Running): Promise<number> {
  const wanted = chosen(names);
  const versions = kedaVersions.filter((version) => wanted.some(({ keda }) => keda === version));
  return runAll(wanted, await prepare(versions, running.manifests === "harness" ? [] : [helm]), running);
}

function list(names: readonly string[]): number {
  for (const { name, title } of chosen(names)) say(`${name.padEnd(14)} ${title}`);
  return exitCodes.ok;
}

async function onlyBuild(version: string | undefined): Promise<number> {
  await prepare(version === undefined ? kedaVersions : [kedaVersion(version)]);
  return exitCodes.ok;
}

function countOf(name: "jobs" | "repeat", text: string | undefined, most: number): number {
  const count = Number(text ?? 1);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new Failure(`--${name} takes a number from 1 to ${most}, not "${text}".`, exitCodes.usage);
}

async function main(): Promise<number> {
  const { values, positionals } = readWords();
  if (values.help === true) {
    say(help);
    return exitCodes.ok;
  }
  const names = values.ci === true ? inCi : (values.scenario ?? []);
  if (values.list === true) return list(names);
  if (positionals[0] === "stand") return stand(kedaVersion(values.keda ?? "2.13.1"));
  if (positionals[0] === "record") return record(values.into);
  if (values.build === true) return onlyBuild(values.keda);
  return test(names, {
    jobs: countOf("jobs", values.jobs, 8),
    repeat: countOf("repeat", values.repeat, 20),
    manifests: manifestsOf(values.manifests),
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`cluster: ${messageOf(error)}\n`);
  const code = typeof error === "object" && error !== null && "exitCode" in error ? Number(error.exitCode) : 1;
  process.exitCode = code;
}
