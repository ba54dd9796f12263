import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../src/core/thrown.ts";
import { sourceOf } from "../infra/tools/foreignCrds.ts";
import { build } from "./build/build.ts";
import { moduleFolder } from "./build/go.ts";
import {
  eventingPrograms,
  helm,
  type KedaVersion,
  kedaVersion,
  kedaVersions,
  type Program,
  programsFor,
} from "./build/programs.ts";
import { checkMachine } from "./build/requirements.ts";
import { onHost, pairOf } from "./compare.ts";
import { exitCodes, Failure } from "./failure.ts";
import { manifestChoices, manifestsOf } from "./medic/render.ts";
import { enter } from "./namespaces/enter.ts";
import { leavingNothing, type Playable, type Running, recordingAgain, runAll } from "./run.ts";
import { comparedInCi, inCi, scenarios } from "./scenarios/all.ts";

const help = `Runs keda-medic against a real control plane and real KEDA, without containers.

  npm run cluster -- [--keda ${kedaVersions.join("|")}]      a cluster to play with, until Ctrl-C
  npm run test:cluster -- [--scenario NAME]... [--ci] [--jobs N] [--repeat N]
                                                         scenarios, N at a time, each N times; the last line is
                                                         "N passed, N failed"
           [--manifests ${manifestChoices.join("|")}]
                                                         as what keda-medic is installed: by the harness's
                                                         manifests, by the Helm chart with this host, or outside the
                                                         cluster as the stack of serverless.yml; NAME@lambda says it of one
           [--compare knative,lambda]                    each scenario on both; their decisions must be the same
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
        compare: { type: "string" },
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

type Words = ReturnType<typeof readWords>["values"];

async function prepare(versions: readonly KedaVersion[], also: readonly Program[] = []) {
  const goVersion = checkMachine();
  const programs = [...programsFor(versions), ...also];
  const binaries = await build(programs, goVersion, say);
  const isRead = (program: Program): boolean =>
    program.folder.startsWith("keda-") || eventingPrograms.includes(program);
  const read = programs.filter(isRead);
  const modules = Object.fromEntries(read.map((program) => [program.folder, moduleFolder(program)]));
  const serving = eventingPrograms.some((program) => also.includes(program)) ? sourceOf("knative.dev/serving") : "";
  return { binaries, modules: { ...modules, serving } };
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

/** `13`, or `13@lambda`: the same, installed as it says. */
function playable(word: string): Playable {
  const [name = "", host] = word.split("@");
  const found = playables.find((one) => one.name === name);
  if (found === undefined) {
    const known = playables.map((one) => one.name);
    throw new Failure(`--scenario takes ${known.join(", ")}, not "${word}".`, exitCodes.usage);
  }
  if (host === undefined) return found;
  const { title, keda } = found;
  return { name: word, scenario: name, manifests: manifestsOf(host), title: `on ${host}: ${title}`, keda };
}

function chosen(names: readonly string[]): readonly Playable[] {
  return names.length === 0 ? playables : names.map(playable);
}

/** What the plays of these scenarios need besides what is built: Helm, and what is deployed to AWS. */
function needs(wanted: readonly Playable[], { manifests }: Running) {
  const hosts = new Set(wanted.map((one) => one.manifests ?? manifests));
  const eventing = hosts.has("eventing") || wanted.some((one) => one.eventing !== undefined);
  const chart = eventing || hosts.has("deployment") || hosts.has("knative");
  return { also: [...(chart ? [helm] : []), ...(eventing ? eventingPrograms : [])], aws: hosts.has("lambda") };
}

async function test(names: readonly string[], running: Running): Promise<number> {
  const wanted = chosen(names);
  const versions = kedaVersions.filter((version) => wanted.some(({ keda }) => keda === version));
  const { also, aws } = needs(wanted, running);
  const prepared = await prepare(versions, also);
  if (!aws) return runAll(wanted, prepared, running);
  const { packageFunctions } = await import("./medic/lambda/package.ts");
  const made = await packageFunctions();
  try {
    return await runAll(wanted, { ...prepared, awsPackage: made.folder }, running);
  } finally {
    made.remove();
  }
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

/** Every named scenario on both hosts. */
function comparing(words: string, scenarios: readonly string[]) {
  const pair = pairOf(words);
  if (scenarios.length === 0) throw new Failure("--compare needs a --scenario, or several.", exitCodes.usage);
  return { scenarios, pair, plays: scenarios.flatMap((name) => pair.map((host) => onHost(name, host))) };
}

/** In CI what is played by the harness's manifests, which are Knative's functions, is played on Lambda only once more. */
const inCiOn = { scenarios: comparedInCi, pair: ["harness", "lambda"] as const, plays: inCi };

/** What the command line compares; undefined: nothing. */
function comparison({ compare, ci, manifests }: Words, names: readonly string[]) {
  if (compare !== undefined) return comparing(compare, names);
  return ci === true && manifests === undefined ? inCiOn : undefined;
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
  const manifests = manifestsOf(values.manifests);
  const compare = comparison(values, names);
  return test(compare?.plays ?? names, {
    jobs: countOf("jobs", values.jobs, 8),
    repeat: countOf("repeat", values.repeat, 20),
    manifests,
    compare,
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`cluster: ${messageOf(error)}\n`);
  const code = typeof error === "object" && error !== null && "exitCode" in error ? Number(error.exitCode) : 1;
  process.exitCode = code;
}
