import type { Environment } from "../../src/edge/config/read.ts";
import { type Config, parseConfig } from "../../src/edge/config.ts";

/** The configuration that an environment gives; one that is wrong throws with everything that is wrong with it. */
export function configOf(env: Environment): Config {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** What is wrong with an environment: `VARIABLE problem` each. */
export function problemsOf(env: Environment): readonly string[] {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.problems.map(({ variable, problem }) => `${variable} ${problem}`);
}
