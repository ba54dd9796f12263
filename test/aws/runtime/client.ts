import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The client of Lambda's Runtime API that AWS's own image of nodejs24.x has. */
const version = "4.0.2";
const packaged = "node_modules/aws-lambda-ric/index.mjs";

/**
 * Path of `aws-lambda-ric`, installed once into a folder of its own under the system's temporary folder. It builds native
 * code for a minute or two (needs cmake, g++, make and python3), so it is no dependency of this package. Throws with npm's
 * own words where that cannot be done.
 */
export async function runtimeClient(): Promise<string> {
  const folder = join(tmpdir(), `keda-medic-aws-lambda-ric-${version}-node${process.versions.node}`);
  const file = join(folder, packaged);
  if (existsSync(file)) return file;
  const building = `${folder}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    writeFileSync(join(building, "package.json"), '{ "private": true }\n');
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts=false", `aws-lambda-ric@${version}`];
    await run("npm", args, { cwd: building, maxBuffer: 64 * 1024 * 1024 }).catch((error: { stderr?: string }) => {
      throw new Error(
        `aws-lambda-ric ${version} cannot be installed (needs npm's registry, cmake, g++, make, python3): ${error.stderr?.slice(-2000)}`,
      );
    });
    // npm may be told to run no install scripts, and says so in a warning only.
    if (!existsSync(join(building, "node_modules/aws-lambda-ric/rapid-client.node")))
      throw new Error(`aws-lambda-ric ${version} was installed and not built: npm was not let run its install scripts`);
    if (!existsSync(folder)) renameSync(building, folder);
    return file;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}
