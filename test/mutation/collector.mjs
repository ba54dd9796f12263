import { registerHooks } from "node:module";

/**
 * jest's words without jest: the tests of the core are loaded once, natively, and run as often as wanted in one process.
 * A run of 3,000 tests takes seconds instead of half a minute, which is what makes thousands of mutants affordable.
 */
export const collected = [];
/** Clears what the core remembers between two calls; otherwise one mutant would live on the answers of another. */
export const forgets = [];

const scope = { names: [], before: [], after: [] };
let file = "";

const worded = (text, row) => text.replace(/%[sdijop]/g, () => String(row.shift()));

function add(title, body) {
  const id = `${file} > ${[...scope.names, title].join(" > ")} #${collected.length}`;
  collected.push({ id, body, before: [...scope.before], after: [...scope.after] });
}

function group(title, body) {
  const kept = { before: scope.before, after: scope.after };
  scope.names.push(title);
  scope.before = [...scope.before];
  scope.after = [...scope.after];
  body();
  scope.names.pop();
  Object.assign(scope, kept);
}

const each = (define) => (table) => (title, body) => {
  for (const row of table) {
    const words = Array.isArray(row) ? row : [row];
    define(worded(title, [...words]), () => body(...words));
  }
};

add.each = each(add);
group.each = each(group);

const beforeEach = (hook) => scope.before.push(hook);
const afterEach = (hook) => scope.after.push(hook);

export { add as it, add as test, afterEach, beforeEach, group as describe };

globalThis.__keda_medic_forgets = forgets;
const words = new URL("words.mjs", import.meta.url).href;
const memory = "let load = 0;";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals" ? next(words, context) : next(specifier, context),
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (!url.endsWith("/src/core/certificate/memo.ts")) return loaded;
    const source = String(loaded.source);
    if (!source.includes(memory)) throw new Error("memo.ts has changed: its memory cannot be cleared between mutants");
    const cleared = `${memory} globalThis.__keda_medic_forgets?.push(() => { kept.clear(); load = 0; });`;
    return { ...loaded, source: source.replace(memory, cleared) };
  },
});

/** Loads a test file; its tests are in `collected` afterwards. */
export async function collect(url, name) {
  file = name;
  await import(url);
}
