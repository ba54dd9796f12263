import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleLambda } from "../../scripts/bundleLambda.mjs";
import { root } from "../build/build.ts";
import type { BenchResult } from "./intake.bench.ts";
import { median } from "./median.ts";

const pairs = 7;
/** Lambda gives one CPU at 1,769 MB and its share below (Lambda developer guide, "Configure Lambda function memory"). */
const memories = [256, 512, 1024, 1769] as const;

/** As a function is packaged. */
async function bundle(source: string, outdir: string): Promise<string> {
  await bundleLambda(source, outdir, { nodePaths: [join(root, "node_modules")] });
  return join(outdir, "index.mjs");
}

/** What a handler has to pay for anyhow that keeps its state in DynamoDB: the same client, with the same commands. */
const clientOnly = `import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
const client = new DynamoDBClient({ region: "eu-west-1", maxAttempts: 3 });
export const handler = async (event) => client.send(new [GetItemCommand, PutItemCommand, QueryCommand][event](event));
`;
const empty = "export const handler = async () => {};\n";

const pem = "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n";
const env = {
  PATH: process.env.PATH,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIA1",
  AWS_SECRET_ACCESS_KEY: "none",
  KEDA_MEDIC_STORE: "dynamodb",
  KEDA_MEDIC_DYNAMODB_TABLE: "incidents",
  KEDA_MEDIC_EVENT_BUS: "medic",
  KEDA_MEDIC_EKS_CLUSTER: "bench",
  KEDA_MEDIC_EKS_ENDPOINT: "https://127.0.0.1:9",
  KEDA_MEDIC_EKS_CA: pem,
};

/** A cgroup with a CPU quota; undefined where this machine does not let us make one. */
interface Quota {
  /** The folder whose `cgroup.procs` takes a process. */
  readonly folder: string;
  remove(): void;
}

function quotaFor(memory: number): Quota | undefined {
  const period = 100_000;
  const quota = Math.round((memory / 1769) * period);
  const name = `keda-medic-bench-${process.pid}-${memory}`;
  const ways = [
    { at: "/sys/fs/cgroup/cpu", file: "cpu.cfs_quota_us", text: String(quota) },
    { at: "/sys/fs/cgroup", file: "cpu.max", text: `${quota} ${period}` },
  ];
  for (const { at, file, text } of ways) {
    const folder = join(at, name);
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, file), text);
      return { folder, remove: () => rmdirSync(folder) };
    } catch {
      rmSync(folder, { force: true, recursive: false, maxRetries: 0 });
    }
  }
  return undefined;
}

/** Waits for a line on stdin, so that the process is in its cgroup before it loads anything. */
const timed = (file: string): string =>
  `process.stdin.once("data", async () => { const t = performance.now(); await import(${JSON.stringify(file)}); process.stdout.write(String(performance.now() - t)); process.exit(0); });`;

/** Milliseconds from the first import to the end of init, in a fresh process. */
function initOf(file: string, quota: Quota | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--eval", timed(file)], { env, stdio: "pipe" });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("exit", () => {
      const time = Number.parseFloat(out.slice(out.lastIndexOf("\n") + 1));
      if (Number.isNaN(time)) reject(new Error(`${file} did not start: ${err.slice(0, 500)}${out.slice(0, 500)}`));
      else resolve(time);
    });
    // It has started Node by then: what is measured is our own share of the init.
    setTimeout(() => {
      if (quota !== undefined && child.pid !== undefined)
        writeFileSync(join(quota.folder, "cgroup.procs"), String(child.pid));
      child.stdin.write("go\n");
    }, 150);
  });
}

const round = (n: number): number => Number(n.toFixed(3));

interface Bundles {
  readonly folder: string;
  readonly files: Readonly<Record<"respond" | "restart" | "sweep" | "client" | "empty", string>>;
}

async function bundles(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), "lambda-init-"));
  const planted = (name: string, text: string): string => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, text);
    return file;
  };
  const one = (name: string, source: string) => bundle(source, join(folder, name));
  return {
    folder,
    files: {
      respond: await one("respond", "functions/lambda/respond.ts"),
      restart: await one("restart", "functions/lambda/restart.ts"),
      sweep: await one("sweep", "functions/lambda/sweep.ts"),
      client: await one("client", planted("clientOnly", clientOnly)),
      empty: await one("empty", planted("emptyHandler", empty)),
    },
  };
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) / 1024;
}

/** Median init of one bundle at every memory size, in its quota. */
async function atMemories({ files }: Bundles): Promise<string> {
  const told: string[] = [];
  for (const memory of memories) {
    const quota = quotaFor(memory);
    if (quota === undefined) return "no quota: cgroups are not writable here";
    try {
      const times: string[] = [];
      for (const name of ["respond", "client", "empty"] as const) {
        const samples = [];
        for (let i = 0; i < 3; i += 1) samples.push(await initOf(files[name], quota));
        times.push(String(Math.round(median(samples))));
      }
      told.push(`${memory} MB ${times.join("/")}`);
    } finally {
      quota.remove();
    }
  }
  return `at a CPU share of ${told.join(", ")} ms (respond/client/empty)`;
}

/**
 * Init of each Lambda function beside a handler that imports only the same AWS client, and beside an empty one, in the same
 * run: the median of interleaved pairs, target 1.5. The ratio is that of the slowest function.
 */
export async function lambdaInitBench(): Promise<BenchResult> {
  const made = await bundles();
  try {
    const ratios: Record<string, number[]> = { respond: [], restart: [], sweep: [] };
    const times: Record<string, number[]> = { respond: [], restart: [], sweep: [], client: [], empty: [] };
    for (let i = 0; i < pairs; i += 1) {
      const client = await initOf(made.files.client, undefined);
      times["client"]?.push(client);
      times["empty"]?.push(await initOf(made.files.empty, undefined));
      for (const name of ["respond", "restart", "sweep"] as const) {
        const time = await initOf(made.files[name], undefined);
        times[name]?.push(time);
        ratios[name]?.push(round(time / client));
      }
    }
    const worst = Object.values(ratios).toSorted((a, b) => median(b) - median(a))[0] ?? [];
    const ms = Object.entries(times).map(([name, list]) => `${name} ${Math.round(median(list))} ms`);
    const sizes = (["respond", "restart", "sweep", "client"] as const).map(
      (name) => `${name} ${Math.round(sizeOf(join(made.folder, name)))} KB`,
    );
    const note = `${ms.join(", ")}; with all chunks ${sizes.join(", ")}; ${await atMemories(made)}`;
    return {
      name: "lambda init",
      ratio: median(worst),
      unit: "of a handler with the same client",
      samples: worst,
      note,
    };
  } finally {
    rmSync(made.folder, { recursive: true, force: true });
  }
}
