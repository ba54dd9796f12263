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
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pairsOf, problemsOf } from "../infra/aws/parameters.js";
import { bundleLambda } from "./bundleLambda.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const say = (line) => process.stdout.write(`${line}\n`);

const entries = () => readdirSync(join(root, "functions/lambda")).filter((file) => file.endsWith(".ts"));

async function bundle(file) {
  const outdir = join(root, "dist/lambda", file.slice(0, -".ts".length));
  rmSync(outdir, { recursive: true, force: true });
  await bundleLambda(`functions/lambda/${file}`, outdir);
}

/** Without credentials: none is asked for, and one that is there is not used. */
function osls(args) {
  const program = join(root, "node_modules/osls/bin/serverless.js");
  const env = { ...process.env, SLS_NOTIFICATIONS_MODE: "off", AWS_EC2_METADATA_DISABLED: "true" };
  const { status } = spawnSync(process.execPath, [program, "package", ...args], { cwd: root, env, stdio: "inherit" });
  return status ?? 1;
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

function read() {
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
  const { values, problems } = read();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) return 2;
  for (const file of entries()) await bundle(file);
  if (values.bundles) return 0;
  const out = resolve(root, values.out);
  rmSync(out, { recursive: true, force: true });
  const named = ["region", "stage"].flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));
  const status = osls(["--package", out, ...named, ...values.param.map((pair) => `--param=${pair}`)]);
  if (status === 0) sayZips(out);
  return status;
}

process.exitCode = await main();
