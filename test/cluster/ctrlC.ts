import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const standsWithin = 300_000;
const endsWithin = 20_000;

/** Starts a cluster as a person does, presses Ctrl-C when it stands, and looks for what is left. Sentences; empty when nothing is. */
export async function ctrlC(): Promise<readonly string[]> {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  // A process group of its own, as a terminal gives it.
  const child = spawn(process.execPath, ["--no-warnings", main, "stand"], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  let said = "";
  const stands = new Promise<boolean>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
      if (said.includes("Moves, typed here")) resolve(true);
    });
    setTimeout(() => resolve(false), standsWithin).unref();
    void ended.then(() => resolve(false));
  });
  const stood = await stands;
  process.kill(-(child.pid ?? 0), "SIGINT");
  const code = await Promise.race([ended, after(endsWithin)]);
  const folder = /--kubeconfig (\S+)\/kubeconfig/.exec(said)?.[1] ?? "";
  return [
    ...(stood ? [] : ["the cluster never stood"]),
    ...(code === 0 ? [] : [`Ctrl-C ended with ${code === undefined ? "nothing within 20 s" : `exit code ${code}`}`]),
    ...leftovers(folder),
  ];
}

const after = (milliseconds: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds).unref());

function leftovers(folder: string): readonly string[] {
  if (folder === "") return [];
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(folder));
  return [
    ...processesWith(folder).map((line) => `a process is left: ${line}`),
    ...mounts.map((line) => `a mount is left: ${line}`),
    ...(existsSync(folder) ? [`${folder} is left`] : []),
  ];
}

/** Every program of a run has the run's folder in its arguments or environment; so no namespace is left when none is. */
function processesWith(folder: string): readonly string[] {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return ids.flatMap((id) => {
    const words = read(`/proc/${id}/cmdline`);
    return (words + read(`/proc/${id}/environ`)).includes(folder) ? [`${id} ${words.slice(0, 80)}`] : [];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
