/**
 * Everything that is deployed to AWS, made without credentials and without a network:
 *   functions/lambda/<name>.ts -> dist/lambda/<name>/   one bundle a function, minified
 *   serverless.yml             -> dist/aws/             CloudFormation, and one zip a function, the same bytes each time
 *
 *   npm run package:aws -- --stage prod --region eu-west-1 --param=cluster=prod-eu1
 *
 * Parameters are those of infra/aws/parameters.js; a wrong one ends this with code 2 before anything is built. Without any
 * argument it packages for a cluster named `example`: to look at, not to deploy. `--bundles` stops after the bundles, which
 * is what `osls offline` needs.
 *
 * All of it is made in a folder of this run's own and then put in its place by renaming: runs at the same time do not
 * disturb each other, and one that fails leaves what was there.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pairsOf, problemsOf } from "../infra/aws/parameters.js";
import { bundleLambda } from "./bundleLambda.mjs";
import { putInPlace } from "./putInPlace.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const say = (line) => process.stdout.write(`${line}\n`);

const names = readdirSync(join(root, "functions/lambda"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));

/** What osls reads of this tree; everything that it writes stays in the stage. */
const copied = ["serverless.yml", "package.json", "infra/aws"];

/** A service folder of osls of this run's own. */
function openStage() {
  const stage = mkdtempSync(join(tmpdir(), "keda-medic-aws-"));
  for (const name of copied) cpSync(join(root, name), join(stage, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(stage, "node_modules"));
  return stage;
}

/** Without credentials: none is asked for, and one that is there is not used. */
function osls(stage, args) {
  const program = join(root, "node_modules/osls/bin/serverless.js");
  const env = { ...process.env, SLS_NOTIFICATIONS_MODE: "off", AWS_EC2_METADATA_DISABLED: "true" };
  const given = ["package", "--package", join(stage, "out"), ...args];
  const { status } = spawnSync(process.execPath, [program, ...given], { cwd: stage, env, stdio: "inherit" });
  return status ?? 1;
}

/** `osls deploy --package` looks for the zips where the state says that they were made. */
function moveState(stage) {
  const file = join(stage, "out/serverless-state.json");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(`${stage}/`, `${root}/`));
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KB`;

function sayZips(folder) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".zip"))) {
    const bytes = readFileSync(join(folder, file));
    const digest = createHash("sha256").update(bytes).digest("hex");
    say(`${kilobytes(bytes.length)}  sha256 ${digest}  ${relative(process.cwd(), join(folder, file))}`);
  }
}

function argumentsOf(given) {
  const options = { region: { type: "string" }, stage: { type: "string" }, param: { type: "string", multiple: true } };
  const more = { out: { type: "string", default: "dist/aws" }, bundles: { type: "boolean", default: false } };
  return parseArgs({ args: given, options: { ...options, ...more } }).values;
}

function parameters() {
  try {
    const values = argumentsOf(process.argv.slice(2));
    if (process.argv.length === 2) {
      say("No parameter given: packaged for a cluster named example, to look at. --param=cluster=... names yours.");
      return { values: { ...values, param: ["cluster=example"] }, problems: [] };
    }
    return { values, problems: problemsOf(pairsOf(values.param), values) };
  } catch (error) {
    return { values: {}, problems: [error.message] };
  }
}

async function main() {
  const { values, problems } = parameters();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) return 2;
  const stage = openStage();
  try {
    return await make(stage, values);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

async function make(stage, values) {
  for (const name of names) {
    const bundle = join(stage, "dist/lambda", name);
    await bundleLambda(`functions/lambda/${name}.ts`, bundle);
    putInPlace(bundle, join(root, "dist/lambda", name));
  }
  if (values.bundles) return 0;
  const named = ["region", "stage"].flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));
  const status = osls(stage, [...named, ...values.param.map((pair) => `--param=${pair}`)]);
  if (status !== 0) return status;
  moveState(stage);
  const out = resolve(root, values.out);
  putInPlace(join(stage, "out"), out);
  sayZips(out);
  return 0;
}

process.exitCode = await main();
