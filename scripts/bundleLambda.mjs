import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** In ES modules `require` is missing; CommonJS packages inside a bundle still ask for Node's own modules by it. */
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

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
    ...more,
  });
