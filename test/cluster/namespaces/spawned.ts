import { spawn } from "node:child_process";

/** Runs a command without blocking anybody; rejects with its last words when it fails. */
export function spawned(command: string, args: readonly string[], input?: string): Promise<string> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ${args[0]}: ${errors.trim().slice(-1000)}`)),
    );
  });
}

export interface Kubectl {
  apply(objects: readonly unknown[]): Promise<void>;
  applyFile(path: string): Promise<void>;
  kustomize(folder: string): Promise<string>;
}

export function kubectlWith(path: string, kubeconfig: string): Kubectl {
  const apply = ["apply", "--server-side", "--force-conflicts", "--kubeconfig", kubeconfig, "-f"];
  return {
    apply: async (items) => {
      const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
      await spawned(path, [...apply, "-"], list);
    },
    applyFile: async (file) => {
      await spawned(path, [...apply, file]);
    },
    kustomize: (folder) => spawned(path, ["kustomize", folder]),
  };
}
