import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./commands.ts";

/** Cluster DNS by a private /etc/hosts: names of Services, and nothing else is ever asked. */
export class Names {
  readonly #file: string;
  readonly #entries = new Map<string, string>();
  readonly #aliases = new Map<string, string>();

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

  /** Another name of the same Service: what type ExternalName says. The target may come later. */
  alias(namespace: string, service: string, target: string): void {
    this.#aliases.set(`${service}.${namespace}`, target.replace(/\.svc(\.cluster\.local)?$/, ""));
    this.#write();
  }

  remove(namespace: string, service: string): void {
    this.#entries.delete(`${service}.${namespace}`);
    this.#aliases.delete(`${service}.${namespace}`);
    this.#write();
  }

  /** In place: a new file would not be the mounted one. */
  #write(): void {
    const aliases = [...this.#aliases].flatMap(([name, target]) => {
      const address = this.#entries.get(target);
      return address === undefined ? [] : ([[name, address]] as const);
    });
    const lines = [...this.#entries, ...aliases].map(
      ([name, address]) => `${address} ${name}.svc.cluster.local ${name}.svc ${name}`,
    );
    writeFileSync(this.#file, `${["127.0.0.1 localhost", ...lines].join("\n")}\n`);
  }
}

function bind(from: string, to: string): void {
  if (existsSync(to)) run("mount", "--bind", from, to);
}
