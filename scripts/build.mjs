/**
 * Bundles what is deployed and what is run by hand:
 *   functions/knative/<name>.ts -> dist/functions/knative/<name>.js   minified
 *   src/cli/main.ts            -> dist/cli/keda-medic.js            readable, executable
 * What the sources import lazily becomes chunks of their own, so that an entry loads fast. Entries that do not exist are
 * left out. What goes to AWS is bundled by scripts/packageAws.mjs. Runs on Node 20 too, because `npm ci` may.
 *
 *   node scripts/build.mjs [--outdir=dist] [--root=.]
 */
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Packages that cost more to load than an event may take: only ever behind `await import()`. */
const LAZY = ["@aws-sdk/", "@kubernetes/client-node", "@opentelemetry/", "@smithy/", "cloudevents", "js-yaml"];

const quiet = process.env.npm_lifecycle_event === "prepare";
const option = (name, fallback) =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const root = resolve(option("root", join(dirname(fileURLToPath(import.meta.url)), "..")));
const outdir = resolve(root, option("outdir", "dist"));
const say = (line) => quiet || process.stdout.write(`${line}\n`);

/** In ES modules `require` is missing; CommonJS packages inside a bundle still ask for Node's own modules by it. */
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  banner: { js: banner },
  metafile: true,
  logLevel: "warning",
};

/** Nothing but syntax that Node 20 knows, and no static import: it must get as far as its one sentence. */
const cliEntry = `#!/usr/bin/env node
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write("keda-medic needs Node >= 22.19, this is " + process.version + ".\\n");
  process.exit(2);
}
await import("./src/cli/main.ts");
`;

function functionEntries() {
  const folder = join(root, "functions/knative");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  return files.map((file) => `functions/knative/${file}`);
}

const nothing = { inputs: {}, outputs: {} };

async function buildFunctions({ build }) {
  const entryPoints = functionEntries();
  if (entryPoints.length === 0) return nothing;
  const out = join(outdir, "functions");
  rmSync(out, { recursive: true, force: true });
  const { metafile } = await build({ ...common, entryPoints, outbase: "functions", outdir: out, minify: true });
  return metafile;
}

async function buildCli({ build }) {
  if (!existsSync(join(root, "src/cli/main.ts"))) return nothing;
  const out = join(outdir, "cli");
  rmSync(out, { recursive: true, force: true });
  const stdin = { contents: cliEntry, resolveDir: root, sourcefile: "keda-medic.js", loader: "js" };
  const { metafile } = await build({ ...common, stdin, entryNames: "keda-medic", outdir: out });
  chmodSync(join(out, "keda-medic.js"), 0o755);
  return metafile;
}

/** Output files that loading `entry` loads, itself included. */
function loadedBy(outputs, entry, seen = new Set()) {
  if (seen.has(entry) || outputs[entry] === undefined) return seen;
  seen.add(entry);
  for (const { path, kind } of outputs[entry].imports) if (kind !== "dynamic-import") loadedBy(outputs, path, seen);
  return seen;
}

/** Lazy packages that an entry loads all the same. */
function tooEager(outputs, entry) {
  const inputs = [...loadedBy(outputs, entry)].flatMap((file) => Object.keys(outputs[file].inputs));
  const found = LAZY.filter((name) => inputs.some((input) => input.includes(`node_modules/${name}`)));
  return found.map((name) => `${entry} loads ${name} at its start: import it lazily`);
}

/**
 * Packages that a file of ours imports by `await import()`. Nothing of such a package can be left out (client-node: 17 MB
 * instead of 3), and a CommonJS one has its names in Node but has lost them in the bundle: esbuild gives such a chunk a
 * default export only.
 */
function lazyPackages(inputs) {
  const ours = Object.entries(inputs).filter(([file]) => !file.includes("node_modules/"));
  const found = ours.flatMap(([file, { imports }]) =>
    imports
      .filter(({ path, kind }) => kind === "dynamic-import" && path.includes("node_modules/"))
      .map(({ original }) => ({ file, original })),
  );
  return found.map(
    ({ file, original }) =>
      `${file} imports the package ${original} lazily: import it statically in a file of ours, and that file lazily`,
  );
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KB`;

const entriesOf = (outputs) =>
  Object.keys(outputs).filter((file) => outputs[file].entryPoint !== undefined && !file.includes("/chunks/"));

function saySizes(outputs) {
  const sizeOf = (files) => files.reduce((sum, file) => sum + outputs[file].bytes, 0);
  for (const entry of entriesOf(outputs)) {
    const loaded = sizeOf([...loadedBy(outputs, entry)]);
    say(`${kilobytes(loaded)} loaded by ${relative(process.cwd(), join(root, entry))}`);
  }
  say(`${kilobytes(sizeOf(Object.keys(outputs)))} in all, with what is loaded on demand`);
}

async function loadEsbuild() {
  try {
    return await import("esbuild");
  } catch (error) {
    // `npm ci --omit=dev` has no esbuild and must not fail over it; packing without a bundle must.
    const packing = /^(pack|publish)$/.test(process.env.npm_command ?? "");
    if (quiet && !packing && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

async function main() {
  const esbuild = await loadEsbuild();
  if (esbuild === undefined) return;
  const builds = [await buildFunctions(esbuild), await buildCli(esbuild)];
  const outputs = Object.assign({}, ...builds.map((built) => built.outputs));
  saySizes(outputs);
  const eager = entriesOf(outputs).flatMap((entry) => tooEager(outputs, entry));
  const problems = [...eager, ...builds.flatMap((built) => lazyPackages(built.inputs))];
  for (const problem of new Set(problems)) process.stderr.write(`${problem}\n`);
  // A slow entry is for whoever builds; it is no reason to fail somebody's `npm ci`.
  process.exitCode = problems.length === 0 || quiet ? 0 : 1;
}

await main();
