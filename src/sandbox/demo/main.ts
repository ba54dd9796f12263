import { parseArgs } from "node:util";
import type { Output } from "../../cli/output.ts";
import { messageOf } from "../../core/thrown.ts";
import { readEnvironment } from "../../edge/config.ts";
import { wantsColour } from "../../edge/log/colour.ts";
import { createNarrator } from "./narrator.ts";
import { playScenario } from "./play.ts";
import { scenarios } from "./scenarios.ts";
import type { Stage } from "./stage.ts";
import { speeds } from "./timing.ts";

const help = `The incident of keda#5683 happens and heals before your eyes, without a cluster; then two cases that must be refused.

Usage: npm run demo -- [options]

  --scenario NAME      ${Object.keys(scenarios).join(" | ")} (default: all, one after another)
  --speed N            how many times faster than real the waits are, ${speeds.least} to ${speeds.most} (default ${speeds.usual})
  --output text|json   JSON: one line per thing that happened
  --keep               leave the last stage standing and print how to look at it; Ctrl-C ends it

keda-medic's own functions run as processes over HTTP. KEDA, kubelet, controllers and the API server are stand-ins in this
process with real sockets and real TLS 1.3; between KEDA's two parts they speak a line protocol instead of gRPC.
Exit code 0 only if every scenario ended as it must.
`;

interface Options {
  readonly names: readonly string[];
  readonly speed: number;
  readonly as: "text" | "json";
  readonly keep: boolean;
}

class UsageError extends Error {}

function readOptions(words: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...words],
    options: {
      scenario: { type: "string" },
      speed: { type: "string" },
      output: { type: "string" },
      keep: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const speed = Number(values.speed ?? speeds.usual);
  const as = values.output ?? "text";
  if (!(speed >= speeds.least && speed <= speeds.most))
    throw new UsageError(`--speed takes a number from ${speeds.least} to ${speeds.most}, not "${values.speed}".`);
  if (as !== "text" && as !== "json") throw new UsageError(`--output takes text or json, not "${as}".`);
  if (values.scenario !== undefined && !Object.hasOwn(scenarios, values.scenario))
    throw new UsageError(`--scenario takes ${Object.keys(scenarios).join(", ")}, not "${values.scenario}".`);
  return {
    names: values.scenario === undefined ? Object.keys(scenarios) : [values.scenario],
    speed,
    as,
    keep: values.keep === true,
  };
}

async function keepStage({ world }: Stage, output: Output): Promise<void> {
  const { path } = await world.kubeconfig("admin");
  output.warn(
    `\nThe stage stays until Ctrl-C. Look at it from another terminal:\n  npx keda-medic diagnose --kubeconfig ${path}\n  npx keda-medic incidents --kubeconfig ${path}\n`,
  );
  await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
}

async function playAll({ names, speed, as, keep }: Options, output: Output): Promise<number> {
  const narrator = createNarrator(output, as, () => performance.now());
  let failed = 0;
  for (const name of names) {
    const scenario = scenarios[name];
    if (scenario === undefined) continue;
    narrator.chapter(name, scenario.title, scenario.about);
    const last = name === names.at(-1);
    const problem = await playScenario(scenario, {
      speed,
      narrator,
      ...(keep && last ? { keep: (stage: Stage) => keepStage(stage, output) } : {}),
    });
    if (problem !== undefined) failed += 1;
  }
  if (as === "text") output.write(`\n${names.length - failed} of ${names.length} scenarios ended as they must.\n`);
  return failed === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const output: Output = {
    write: (text) => process.stdout.write(text),
    warn: (text) => process.stderr.write(text),
    colour: wantsColour(process.stdout, readEnvironment()),
  };
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== "help") return await playAll(options, output);
    output.write(help);
    return 0;
  } catch (error) {
    output.warn(`demo: ${messageOf(error).split("\n")[0]} (npm run demo -- --help)\n`);
    return 2;
  }
}

process.exitCode = await main();
