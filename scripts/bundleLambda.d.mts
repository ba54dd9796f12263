import type { BuildOptions } from "esbuild";

export function bundleLambda(source: string, outdir: string, more?: BuildOptions): Promise<unknown>;
