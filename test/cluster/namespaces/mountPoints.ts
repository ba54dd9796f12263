import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Folders that containers mount over. They must exist on this machine; what is mounted there is seen by the container only. */
const mountPoints = ["/certs", "/oidc", "/var/run/secrets/kubernetes.io/serviceaccount"] as const;

/** Who uses them, one file per run, and which of them were made for it. */
const registry = join(tmpdir(), "keda-medic-cluster-mount-points");
const madeFile = "made";
let users = 0;

/**
 * Makes the folders that are missing. Returns how to let go of them: the last user removes what was made, and nobody before,
 * because removing a mount point takes the mount away in every namespace.
 */
export function makeMountPoints(): () => void {
  mkdirSync(registry, { recursive: true });
  users += 1;
  const own = join(registry, `${process.pid}.${users}`);
  writeFileSync(own, "");
  for (const path of mountPoints) {
    const first = existsSync(path) ? undefined : mkdirSync(path, { recursive: true });
    if (first !== undefined) appendFileSync(join(registry, madeFile), `${path} ${first}\n`);
  }
  return () => {
    rmSync(own, { force: true });
    if (existsSync(registry) && !readdirSync(registry).some(isAlive)) removeMade();
  };
}

function isAlive(name: string): boolean {
  if (name === madeFile) return false;
  try {
    return process.kill(Number(name.split(".")[0]), 0);
  } catch {
    return false;
  }
}

function removeMade(): void {
  const made = existsSync(join(registry, madeFile)) ? readFileSync(join(registry, madeFile), "utf8") : "";
  for (const line of made.trim().split("\n")) {
    const [path = "", last = ""] = line.split(" ");
    if (path !== "") removeUpTo(path, last);
  }
  rmSync(registry, { recursive: true, force: true });
}

/** Empty folders only: somebody else may have put something there. */
function removeUpTo(path: string, last: string): void {
  for (let folder = path; folder.startsWith(last.replace(/\/$/, "")); folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch {
      return;
    }
  }
}
