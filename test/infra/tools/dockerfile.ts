import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One line of a Dockerfile that does something. */
export interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** Comments and continued lines are put aside. */
export const instructionsOf = (text: string): readonly Instruction[] =>
  text
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [name = "", ...rest] = line.trim().split(/\s+/);
      return { name: name.toUpperCase(), words: rest.join(" ") };
    });

/** What an image is in the end: its files, and how it is started. */
export interface Stage {
  readonly base: string;
  /** Its root folder on this machine. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

interface Work {
  readonly context: string;
  readonly folder: string;
  /** Paths of the context that .dockerignore lets in. */
  readonly ignored: (path: string) => boolean;
}

/** Patterns of a .dockerignore that begins with `*` and lets single paths in; the last pattern that fits decides. */
export function ignoring(text: string): (path: string) => boolean {
  const rules = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return (path) => {
    const parents = path.split("/").map((_part, i, parts) => parts.slice(0, i + 1).join("/"));
    const fits = (line: string): boolean => {
      const pattern = line.replace(/^!/, "");
      if (pattern === "*") return true;
      if (pattern.startsWith("**/")) return path.split("/").includes(pattern.slice(3));
      // What is let in brings the folders on the way to it.
      return parents.includes(pattern) || (line.startsWith("!") && pattern.startsWith(`${path}/`));
    };
    const rule = rules.filter(fits).at(-1);
    return rule !== undefined && !rule.startsWith("!");
  };
}

type Mutable = { -readonly [K in keyof Stage]: Stage[K] } & { dir: string };

/** Performs a Dockerfile's steps in plain folders. Knows what ours uses, and throws at anything else. */
export class Builder {
  readonly #stages = new Map<string, Mutable>();
  readonly #args = new Map<string, string>();
  readonly #work: Work;
  #stage: Mutable | undefined;

  constructor(context: string, folder: string) {
    this.#work = { context, folder, ignored: ignoring(readFileSync(join(context, ".dockerignore"), "utf8")) };
  }

  build(): Stage {
    for (const { name, words } of instructionsOf(readFileSync(join(this.#work.context, "Dockerfile"), "utf8"))) {
      const step = this.#steps[name];
      if (step === undefined) throw new Error(`${name} is not known here`);
      step(words);
    }
    return this.#now();
  }

  #now(): Mutable {
    if (this.#stage === undefined) throw new Error("there is no FROM yet");
    return this.#stage;
  }

  readonly #steps: Readonly<Record<string, (words: string) => void>> = {
    ARG: (words) => {
      const [name = "", value = ""] = words.split("=");
      this.#args.set(name, value);
    },
    FROM: (words) => {
      const [image = "", , alias = "last"] = words.split(" ");
      const base = image.replace(/\$\{(\w+)\}/, (_all, name: string) => this.#args.get(name) ?? "");
      const folder = join(this.#work.folder, alias);
      mkdirSync(folder, { recursive: true });
      this.#stage = { base, folder, dir: "/", env: {}, entrypoint: [], cmd: [] };
      this.#stages.set(alias, this.#stage);
    },
    WORKDIR: (words) => {
      this.#now().dir = words;
      mkdirSync(join(this.#now().folder, words), { recursive: true });
    },
    COPY: (words) => this.#copy(words.split(" ")),
    RUN: (words) => {
      const { folder, dir, env } = this.#now();
      const cwd = join(folder, dir);
      execFileSync("sh", ["-ec", words], {
        cwd,
        env: { ...process.env, npm_config_prefer_offline: "true", ...env },
        stdio: ["ignore", "ignore", "pipe"],
      });
    },
    ENV: (words) => {
      const [name = "", value = ""] = words.split("=");
      this.#now().env = { ...this.#now().env, [name]: value };
    },
    USER: (words) => {
      this.#now().user = words;
    },
    EXPOSE: () => {},
    ENTRYPOINT: (words) => {
      this.#now().entrypoint = JSON.parse(words) as string[];
    },
    CMD: (words) => {
      this.#now().cmd = JSON.parse(words) as string[];
    },
  };

  #copy(words: readonly string[]): void {
    const from = words[0]?.startsWith("--from=") ? words[0].slice("--from=".length) : undefined;
    const paths = from === undefined ? words : words.slice(1);
    const target = paths.at(-1) ?? "";
    const { folder, dir } = this.#now();
    for (const path of paths.slice(0, -1)) {
      const source = this.#source(path, from);
      const inside = target.endsWith("/") ? join(target, path.split("/").at(-1) ?? "") : target;
      const to = join(folder, dir, inside);
      mkdirSync(dirname(to), { recursive: true });
      const { context, ignored } = this.#work;
      const filter = (file: string): boolean =>
        from !== undefined || file === context || !ignored(file.slice(context.length).replace(/^\//, ""));
      cpSync(source, to, { recursive: true, filter });
    }
  }

  #source(path: string, from: string | undefined): string {
    const root = from === undefined ? this.#work.context : this.#stages.get(from)?.folder;
    const source = join(root ?? "", path);
    const kept = from !== undefined || !this.#work.ignored(path.replace(/^\.\//, ""));
    if (root === undefined || !existsSync(source) || !kept) throw new Error(`COPY ${path}: it is not there`);
    return source;
  }
}
