import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./commands.ts";

/** Cluster DNS by a private /etc/hosts: names of Services, and nothing else is ever asked. */
export class Names {
  readonly #file: string;
  readonly #entries = new Map<string, string>();

  constructor(folder: string) {
    this.#file = join(folder, "hosts");
    this.#write();
    bind(this.#file, "/etc/hosts");
    const order = join(folder, "nsswitch.conf");
    writeFileSync(order, "passwd: files\ngroup: files\nhosts: files\n");
    bind(order, "/etc/nsswitch.conf");
  }

  /** `keda-operator.keda.svc.cluster.local` and its short forms. */
  set(namespace: string, service: string, address: string): void {
    this.#entries.set(`${service}.${namespace}`, address);
    this.#write();
  }

  remove(namespace: string, service: string): void {
    this.#entries.delete(`${service}.${namespace}`);
    this.#write();
  }

  /** In place: a new file would not be the mounted one. */
  #write(): void {
    const lines = [...this.#entries].map(
      ([name, address]) => `${address} ${name}.svc.cluster.local ${name}.svc ${name}`,
    );
    writeFileSync(this.#file, `${["127.0.0.1 localhost", ...lines].join("\n")}\n`);
  }
}

function bind(from: string, to: string): void {
  if (existsSync(to)) run("mount", "--bind", from, to);
}
