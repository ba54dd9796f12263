import { join } from "node:path";
import { root } from "../build/build.ts";

type Given = Readonly<Record<string, string>>;

interface Parameter {
  readonly about: string;
  readonly allowed: string;
  readonly fallback?: string;
}

/** infra/aws/parameters.js, which osls reads and so is no TypeScript. */
interface Module {
  readonly parameters: Readonly<Record<string, Parameter>>;
  problemsOf(given: Given, chosen: Given): readonly string[];
}

export const { parameters, problemsOf } = (await import(join(root, "infra/aws/parameters.js"))) as Module;
