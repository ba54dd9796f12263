import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.ts";
import type { Program } from "./programs.ts";

/** Other settings would build other binaries under the same name. GOTOOLCHAIN: never download another Go. */
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, GOFLAGS: "", GOTOOLCHAIN: "local", GOWORK: "off" });

const programFolder = (program: Program): string =>
  fileURLToPath(new URL(`../programs/${program.folder}`, import.meta.url));

/** `go1.26.8`. Throws a Failure with a sentence when there is no Go. */
export function goVersion(): string {
  const { stdout, error } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", env: environment() });
  if (error === undefined && stdout.trim() !== "") return checkGo(stdout.trim());
  throw new Failure(
    `Go is missing: etcd, Kubernetes and KEDA are built from their modules (Go >= ${oldestGo.join(".")}).`,
  );
}

/** What the newest of the modules ask for. */
const oldestGo = [1, 26] as const;

/** The version as it is, `go1.26.8` or `go1.27rc1`. Throws a Failure when it is too old; the Go command would only fail later. */
export function checkGo(version: string): string {
  const [, major = "0", minor = "0"] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  const newer = Number(major) - oldestGo[0] || Number(minor) - oldestGo[1];
  if (newer >= 0) return version;
  throw new Failure(`${version} is too old: etcd, Kubernetes and KEDA 2.20 need Go >= ${oldestGo.join(".")}.`);
}

/** Folder of the module's unpacked source in Go's module cache; downloads it when it is not there. */
export function moduleFolder(program: Program): string {
  const { stdout, stderr } = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", program.module], {
    cwd: programFolder(program),
    encoding: "utf8",
    env: environment(),
  });
  if (stdout.trim() !== "") return stdout.trim();
  throw new Failure(`cannot find the source of ${program.module}@${program.version}: ${firstLine(stderr)}`);
}

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";

const linking = ({ tells, version }: Program): string =>
  ["-s -w -checklinkname=0", ...(tells === undefined ? [] : [`-X ${tells}=${version}`])].join(" ");

const flagsFor = (program: Program): string[] => [
  ...["-buildvcs=false", "-trimpath", "-p", "2"],
  ...["-ldflags", linking(program)],
];

/** Builds one binary at the lowest priority. The go.mod beside it fixes every version. */
export function goBuild(program: Program, output: string): Promise<void> {
  const args = ["-n", "19", "go", "build", ...flagsFor(program), "-o", output, program.package];
  const child = spawn("nice", args, {
    cwd: programFolder(program),
    env: environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const interrupt = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const built = new Promise<void>((resolve, reject) => {
    child.once("error", () => reject(new Failure("cannot start the Go command")));
    child.once("exit", (code, signal) => (code === 0 ? resolve() : reject(failed(program, signal, errors))));
  });
  return built.finally(() => process.off("SIGINT", interrupt).off("SIGTERM", interrupt));
}

function failed(program: Program, signal: NodeJS.Signals | null, errors: string): Failure {
  if (/no space left on device/.test(errors))
    return new Failure(`no space left on the disk while building ${program.binary}.`);
  if (signal !== null)
    return new Failure(`building ${program.binary} was interrupted.`, 128 + (constants.signals[signal] ?? 0));
  return new Failure(`building ${program.binary} failed: ${errors.trim().split("\n").slice(-3).join(" ")}`);
}
