import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** A file by its path from the root of the repository, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export const root = join(import.meta.dirname, "../..");

/** Every TypeScript file under the given folders; a folder that does not exist holds none. */
export function readSources(...folders: readonly string[]): readonly Source[] {
  return folders
    .flatMap((folder) => pathsIn(folder))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

function pathsIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => posix.join(entry.parentPath.slice(root.length + 1).replaceAll("\\", "/"), entry.name))
      .sort();
  } catch {
    return [];
  }
}

/** Code alone. Texts are kept, so that "*\/*" in one does not open a comment. */
export const withoutComments = (text: string): string =>
  text.replaceAll(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, quoted: string | undefined) => quoted ?? "",
  );

/** What a file imports, types included: `import`, `export ... from`, `import()`, also inside types. */
export function importsOf({ text }: Source): readonly string[] {
  const code = withoutComments(text);
  const statements = /^\s*(?:import|export)\b(?:[^;'"`]*?\bfrom)?\s*["']([^"']+)["']/gm;
  const calls = /\bimport\(\s*["']([^"']+)["']/g;
  return [...code.matchAll(statements), ...code.matchAll(calls)].map(([, specifier = ""]) => specifier);
}

/** Path that a relative import of `from` leads to; undefined for packages. */
export const targetOf = (from: string, specifier: string): string | undefined =>
  specifier.startsWith(".") ? posix.join(dirname(from), specifier) : undefined;

/** Name of the package that is imported, `node:` for what comes with Node; undefined for relative imports. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".")) return undefined;
  if (specifier.startsWith("node:")) return "node:";
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
