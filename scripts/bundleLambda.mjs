import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** In ES modules `require` is missing; CommonJS packages inside a bundle still ask for Node's own modules by it. */
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/**
 * An `import` of a module of Node reads each of its exports at once, also those that load half of Node when they are read:
 * `WebSocket` of node:http is all of undici, 40 ms of CPU. Taken by this call, what nobody reads is not loaded.
 */
const lateBuiltins = {
  name: "late-builtins",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: "late" } : null,
    );
    onLoad({ filter: /^node:/, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/**
 * Bundles one Lambda function into a folder, as `index.mjs` and chunks: `.mjs`, because a zip holds no package.json that
 * would say so, and an entry that awaits cannot be required. `more`: options of esbuild.
 */
export const bundleLambda = (source, outdir, more = {}) =>
  build({
    absWorkingDir: root,
    entryPoints: [{ in: source, out: "index" }],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    platform: "node",
    format: "esm",
    target: "node24",
    legalComments: "none",
    banner: { js: banner },
    logLevel: "warning",
    plugins: [lateBuiltins],
    ...more,
  });
