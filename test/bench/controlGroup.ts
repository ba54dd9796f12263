import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a group is given: the content of its files by their names, which differ between the versions of cgroups. */
export interface Limits {
  /** Folder of version 1 that has the files. Version 2 has one folder for all controllers. */
  readonly controller: "cpu" | "memory";
  readonly v1: Readonly<Record<string, string>>;
  readonly v2: Readonly<Record<string, string>>;
}

/** A cgroup of this machine. */
export interface ControlGroup {
  /** A process that writes its own pid into this file is in the group. */
  readonly processes: string;
  /** Puts a process into it. */
  take(pid: number): void;
  /** A number that the kernel keeps of it. */
  read(file: { readonly v1: string; readonly v2: string }): number;
  /** Every process in it must have ended. */
  remove(): void;
}

/** Undefined where this machine lets us make no such group (needs root). */
export function controlGroup(name: string, { controller, v1, v2 }: Limits): ControlGroup | undefined {
  const ways = [
    { version: "v1", folder: join("/sys/fs/cgroup", controller, name), files: v1 },
    { version: "v2", folder: join("/sys/fs/cgroup", name), files: v2 },
  ] as const;
  for (const { version, folder, files } of ways) {
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    try {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
      const processes = join(folder, "cgroup.procs");
      return {
        processes,
        take: (pid) => writeFileSync(processes, String(pid)),
        read: (file) => Number(readFileSync(join(folder, file[version]), "utf8")),
        remove: () => rmdirSync(folder),
      };
    } catch {
      rmdirSync(folder);
    }
  }
  return undefined;
}
